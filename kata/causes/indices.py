"""Causes: tensors that cannot be joined, and indices that are not there."""

from kata.causes.entry import Entry

POSITIONS = Entry(
    IndexError,
    r"",
    "The ids count 0, 1, 2 up to {last}, as positions do, and the table has {rows} rows: a text of "
    "{seq} is too long for it. Compare its length with the table's before the look-up.",
)

INDICES = (
    # Joining
    Entry(
        RuntimeError,
        r"^Sizes of tensors must match except in dimension (?P<dim>\d+)\. Expected size "
        r"(?P<a>\d+) but got "
        r"size (?P<b>\d+) for tensor number (?P<index>\d+)",
        "torch.cat joins along axis {dim}, and all other axes have to agree: one is {a}, in entry "
        "{index} (from 0) it is {b}. Check dim=, or transpose.",
    ),
    Entry(
        RuntimeError,
        r"^Tensors must have same number of dimensions: got (?P<a>\d+) and (?P<b>\d+)",
        "torch.cat joins tensors of equally many axes, and here are {a} and {b}. Add the missing "
        "axis with unsqueeze; for new axes there is torch.stack.",
    ),
    Entry(
        RuntimeError,
        r"^stack expects each tensor to be equal size, but got \[(?P<a>.*)\] at entry 0 and "
        r"\[(?P<b>.*)\] at "
        r"entry (?P<index>\d+)",
        "torch.stack lays equal shapes on each other, and entry 0 is ({a}), entry {index} ({b}). "
        "To join along an axis that is there, use torch.cat.",
    ),
    Entry(
        (RuntimeError, ValueError),
        r"stack expects a non-empty TensorList|expected a non-empty list of Tensors",
        "The list is empty, so there is nothing to join. If it comes from a generator such as "
        "model.parameters(), that may have been used up: it can be gone through once.",
    ),
    Entry(
        RuntimeError,
        r"zero-dimensional tensor .* cannot be concatenated",
        "torch.cat needs an axis to join along, and single numbers have none. Use torch.stack.",
    ),
    # Indices
    Entry(
        RuntimeError,
        r"ndex tensor must have the same number of dimensions as|same number of dimensions, but "
        r"got",
        "{shapes}: an index needs as many axes as the tensor. unsqueeze(-1) gives it one more, and "
        "squeeze(-1) takes that from the result again.",
    ),
    Entry(
        RuntimeError,
        r"ndex tensor must have the same number of dimensions as|same number of dimensions, but "
        r"got",
        "The index needs as many axes as the tensor. unsqueeze(-1) gives it one more, and "
        "squeeze(-1) takes that from the result again.",
    ),
    Entry(
        RuntimeError,
        r"xpected index \[(?P<index>.*?)\] to be no larger than self \[(?P<own>.*?)\] apart from "
        r"dimension "
        r"(?P<dim>\d+)",
        "The index ({index}) may be larger than the tensor ({own}) only along axis {dim}, and it "
        "may never be larger than the source. Check dim=, and the order of the index's axes.",
    ),
    Entry(
        (IndexError, RuntimeError),
        r"index (?P<index>-?\d+) is out of bounds for dimension (?P<dim>\d+) with size "
        r"(?P<size>\d+)",
        "Axis {dim} has {size} entries, counted from 0, and entry {index} was asked for. Look "
        "where the index comes from, and whether it is meant for another axis.",
    ),
    Entry(
        IndexError,
        r"index out of range in self|^Target (?P<index>-?\d+) is out of bounds",
        "An id is below 0, or not below the number of rows or classes. Compare the largest id, "
        "x.max(), with that size.",
    ),
    Entry(
        (IndexError, TypeError),
        r"too many indices for tensor|invalid data type 'str'",
        "A tensor is indexed by numbers, and a text stands in the brackets. Only a dict has "
        "entries with names.",
        line=r"\['\w+'\]$|\[\"\w+\"\]$",
    ),
    Entry(
        IndexError,
        r"too many indices for tensor of dimension (?P<count>\d+)",
        "{tensor}: it has {axes}, and more indices than that stand in the brackets. Take one out, "
        "or look for what took an axis away.",
    ),
    Entry(
        IndexError,
        r"too many indices for tensor of dimension (?P<count>\d+)",
        "The brackets hold more indices than the tensor has axes, {count}. Take one out, or look "
        "for what took an axis away, such as a reduction without keepdim=True.",
    ),
    Entry(
        IndexError,
        r"invalid index of a 0-dim tensor|slice\(\) cannot be applied to a 0-dim tensor",
        "{of} is a tensor without axes, a single number, and has nothing to index. Leave out the "
        "index; .item() makes a Python number of it.",
    ),
    Entry(
        IndexError,
        r"shape of the mask \[(?P<mask>.*)\] at index \d+ does not match the shape of the indexed "
        r"tensor "
        r"\[(?P<own>.*)\] at index (?P<dim>\d+)",
        "A boolean index has the sizes of the axes it stands for, and ({mask}) does not fit "
        "({own}) from axis {dim} on. Bring the mask to that shape.",
    ),
    Entry(
        IndexError,
        r"indexing tensors could not be broadcast together with shapes (?P<shapes_given>.*)",
        "Two index tensors are read in pairs, and {shapes_given} do not broadcast. To cross them, "
        "give the first a last axis: rows[:, None], columns.",
    ),
    Entry(
        RuntimeError,
        r"value tensor of shape \[(?P<value>.*)\] cannot be broadcast to indexing result of shape "
        r"\[(?P<own>.*)\]",
        "The place on the left is ({own}), and ({value}) is written into it. Bring the value to "
        "that shape, or to one that broadcasts.",
    ),
    Entry(
        ValueError,
        r"step must be greater than zero",
        "Tensors cannot be sliced backwards, with a negative step. Use x.flip(0).",
    ),
    Entry(
        RuntimeError,
        r"selected index k out of range|selected number k out of range",
        "More entries are asked for than the axis has. Limit k: min(k, x.size(-1)).",
    ),
    Entry(
        (IndexError, RuntimeError),
        r"Expected reduction dim .*(?:non-zero size|numel\(\) == 0)",
        "There are no numbers to take the largest or smallest of. Treat that case before, or look "
        "for the slice or mask that left nothing.",
    ),
)
