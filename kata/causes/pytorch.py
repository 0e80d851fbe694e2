"""Causes: what PyTorch's functions take and give: pairs, single numbers, names, devices, chance."""

from kata.causes.arguments import OF_MATH
from kata.causes.calls import AT_LEFT, AT_RIGHT
from kata.causes.entry import Entry

OF_PAIRS = "max|min|sort|topk|median|nanmedian|mode|kthvalue|cummax|cummin"
PAIR = rf"'?torch\.return_types\.(?P<name>{OF_PAIRS})\b'?"
ONE = r"only one element tensors can be converted|elements cannot be converted to Scalar"
# NumPy's names for what tensors and torch call otherwise.
METHODS = {
    "astype": "x.float(), x.long() or x.to(dtype)",
    "copy": "x.clone()",
    "power": "x**2 or x.pow(2)",
    "concatenate": "torch.cat([x, y], dim=...)",
    "append": "torch.cat([x, y], dim=...)",
    "expand_dims": "x.unsqueeze(axis)",
    "fill": "x.fill_(value), or torch.full for a new tensor",
}
FUNCTIONS = {
    "array": "torch.tensor",
    "expand_dims": "torch.unsqueeze",
    "power": "torch.pow",
    "copy": "x.clone()",
    "append": "torch.cat",
    "repeat": "x.repeat or torch.repeat_interleave",
    "identity": "torch.eye",
    "ndarray": "torch.Tensor",
}

TORCH = (
    # Pairs
    Entry(
        AttributeError,
        PAIR,
        "With an axis, {name} gives a pair of values and indices, and {of} is one. Take one of "
        "the two, .values or .indices; amax and amin give values alone.",
    ),
    Entry(
        TypeError,
        AT_LEFT + PAIR,
        "With an axis, {name} gives a pair of values and indices, and {left} is one. Take one of "
        "the two, .values or .indices; amax and amin give values alone.",
    ),
    Entry(
        TypeError,
        AT_RIGHT + PAIR,
        "With an axis, {name} gives a pair of values and indices, and {right} is one. Take one of "
        "the two, .values or .indices; amax and amin give values alone.",
    ),
    Entry(
        TypeError,
        PAIR,
        "With an axis, {name} gives a pair of values and indices. Take one of the two, .values or "
        ".indices; amax and amin give values alone.",
    ),
    # Functions for one number
    Entry(
        ValueError,
        ONE,
        "math.{name} takes one number, and {argument} is a tensor of several. torch.{name}(x) or "
        "x.{name}() works on each of them.",
        line=rf"^math\.(?P<name>{OF_MATH})\(",
    ),
    Entry(
        ValueError,
        ONE,
        "float() makes one number, and {argument} is a tensor of several. To change the type of "
        "all, write x.float(); for one of them, index it first.",
        line=r"^float\(",
    ),
    Entry(
        ValueError,
        ONE,
        "int() makes one number, and {argument} is a tensor of several. To change the type of "
        "all, write x.long(); for one of them, index it first.",
        line=r"^int\(",
    ),
    Entry(
        ValueError,
        ONE,
        "torch.tensor makes a tensor of numbers, and its list holds tensors. torch.stack joins "
        "them along a new axis, torch.cat along an old one, and both keep the gradient.",
        line=r"^torch\.tensor\(",
    ),
    Entry(
        (ValueError, RuntimeError),
        ONE,
        ".item() is for a tensor of one number, and {receiver} has more or none. Reduce it first, "
        "with .sum() or .mean(), or take all with .tolist().",
        line=r"\.item\(\)$",
    ),
    Entry(
        (ValueError, RuntimeError),
        ONE,
        "One number is expected, and a tensor of several numbers or none came. The functions of "
        "`math` take one number; tensors have methods of the same names, such as x.exp().",
    ),
    Entry(
        TypeError,
        r"only integer tensors of a single element can be converted to an index",
        "Python needs one whole number here, and a tensor of several, or of floats, came. Take one "
        "with int(), or index a tensor with it instead of a list.",
    ),
    Entry(
        TypeError,
        r"must be real number, not (?P<kind>list|tuple|str)",
        "The functions of `math` take one number, and {argument} is of type {kind}. For many "
        "numbers make a tensor, torch.tensor(...), and use its method of the same name.",
    ),
    Entry(
        TypeError,
        r"type Tensor doesn't define __round__",
        "Python's round() is for one number. For a tensor write x.round().",
    ),
    Entry(
        TypeError,
        r"unsupported format string passed to Tensor",
        "Such a format is for numbers, and a tensor stands there. Take the number out: x.item().",
    ),
    *(
        Entry(
            AttributeError,
            rf"'(?:Tensor|Parameter)' object has no attribute '{numpys}'",
            f"`{numpys}` is NumPy's name, and tensors have no such method. Write {torchs}.",
        )
        for numpys, torchs in METHODS.items()
    ),
    *(
        Entry(
            AttributeError,
            rf"module 'torch' has no attribute '{numpys}'",
            f"`{numpys}` is NumPy's name, and torch has no such function. Use {torchs}.",
        )
        for numpys, torchs in FUNCTIONS.items()
    ),
    Entry(
        AttributeError,
        r"(?:'(?P<kind>\w+)' object|module '(?P<module>[\w.]+)') has no attribute '(?P<name>\w+)'",
        "There is no `{name}` on {of}; the nearest name is `{near}`. If you mean that, correct the "
        "spelling.",
    ),
    Entry(
        AttributeError,
        r"'(?P<kind>int|float|bool)' object has no attribute '(?P<name>\w+)'",
        "{of} is one Python number, not a tensor, and has no `{name}`. .item(), len() and "
        "x.size(0) "
        "give such numbers: use what they were taken from, or torch.tensor(...).",
    ),
    Entry(
        RuntimeError,
        r"is not on the expected device|Expected all tensors to be on the same device",
        "Two tensors are on different devices. Make new ones where the others are, with "
        "device=x.device, and move the rest with .to(x.device).",
    ),
    Entry(
        (TypeError, RuntimeError),
        r"'generator' must be torch\.Generator|generator=(?:int|function|builtin_function)",
        "generator= takes a generator, not a seed. Make one: torch.Generator().manual_seed(0).",
    ),
    Entry(
        TypeError,
        r"RNG state must be a torch\.ByteTensor|expected a torch\.ByteTensor, but got",
        "The state of a generator is the tensor that get_state() gives, and something else came. "
        "Save that tensor as it is, without .float() or .tolist().",
    ),
    Entry(
        RuntimeError,
        r"sum of probabilities <= 0",
        "A row of probabilities sums to 0, so nothing can be drawn. Look for a filter or mask that "
        "left nothing.",
    ),
    Entry(
        RuntimeError,
        r"contains either `inf`, `nan` or element < 0",
        "Probabilities are finite and not below 0, and these are not. Scores have to go through a "
        "softmax first; NaN comes from rows that are all -inf.",
    ),
    Entry(
        RuntimeError,
        r"cannot sample n_sample > prob_dist\.size\(-1\)",
        "Without replacement each entry is drawn at most once, and more draws are asked for than "
        "there are entries. Draw fewer, or say replacement=True.",
    ),
    Entry(
        RuntimeError,
        r"prob_dist must be 1 or 2 dim",
        "multinomial draws from one row, or from each row of a matrix. Take one position first, "
        "such as x[:, -1], or join the axes in front with flatten.",
    ),
    Entry(
        RuntimeError,
        r"random_ expects 'from' to be less than 'to', but got from=(?P<low>-?\d+) >= "
        r"to=(?P<high>-?\d+)",
        "There is no whole number from {low} to below {high} to draw. Look at how the bound was "
        "computed; is the data shorter than expected?",
    ),
    Entry(
        RuntimeError,
        r"expects p to be in \[0, 1\]|Expected p_in >= 0 && p_in <= 1",
        "A probability lies between 0 and 1, and this one does not. Look at how it was computed.",
    ),
)
