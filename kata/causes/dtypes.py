"""Causes: whole numbers, floats and booleans where another kind is due."""

from kata.causes.entry import Entry

MANY = "Boolean value of Tensor with (?:more than one value|no values) is ambiguous"
CLASH = (
    r"to have the same dtype, but got: |expected both vectors to have same dtype|input tensors "
    r"must "
    r"have the same dtype|^mat1 and mat2 must have the same dtype|^expected scalar type"
)

DTYPES = (
    # One yes or no for a whole tensor
    Entry(
        RuntimeError,
        MANY,
        "Python's {name}() makes one decision for whole tensors. torch.maximum and torch.minimum "
        "compare two tensors number by number, and x.clamp compares a tensor with a bound.",
        line=r"^(?P<name>max|min)\(",
    ),
    Entry(
        RuntimeError,
        MANY,
        "`{joined}` makes one decision, and here it got a whole tensor. For each number use & | ~"
        " and brackets, as in (x > 0) & (x < 1); for whether there is a tensor at all use `is not"
        " None`.",
    ),
    Entry(
        RuntimeError,
        MANY,
        "`{tested}` makes one decision, and {code} is a whole tensor of answers. For each number "
        "use torch.where or a mask; for whether there is a tensor at all use `is not None`.",
    ),
    Entry(
        RuntimeError,
        MANY,
        "{code} asks a whole tensor for one yes or no. Compare number by number and use the mask,"
        " or ask .any() or .all() of it.",
    ),
    # Booleans in arithmetic
    Entry(
        RuntimeError,
        r"the `-` operator, (?:with|on) a bool tensor",
        "A mask is boolean, and `-` does not exist for it. Turn it round with ~mask; to count with "
        "it, take mask.float() or mask.long().",
    ),
    Entry(
        RuntimeError,
        r"the `-` operator, with two bool tensors",
        "Two masks are boolean, and `-` does not exist for them. For what is in the first and not"
        " in the second, write a & ~b.",
    ),
    Entry(
        NotImplementedError,
        r"\"bitwise_xor\w*\" not implemented for '(?P<kind>Float|Double)'",
        "`^` is not a power in Python. Write x**3.",
    ),
    Entry(
        NotImplementedError,
        r"\"bitwise_\w+\" not implemented for '(?P<kind>Float|Double)'",
        "`&` and `|` are for booleans, and bind stronger than comparisons; one side holds floats. "
        "Write brackets: (x > 0) & (x < 1).",
    ),
    Entry(
        TypeError,
        r"operator\.invert\) is only implemented on integer and Boolean",
        "`~` turns booleans round, and {right} holds floats. Make it boolean first, by a "
        "comparison or .bool().",
    ),
    Entry(
        RuntimeError,
        r"masked_fill_ only supports boolean masks",
        "The mask of masked_fill is boolean, and this one holds numbers. Compare, mask == 0, or "
        "convert with mask.bool().",
    ),
    Entry(
        RuntimeError,
        r"masked_fill_ only supports a 0-dimensional value tensor",
        "masked_fill writes one number everywhere. To choose between two tensors use "
        "torch.where(mask, a, b).",
    ),
    Entry(
        RuntimeError,
        r"where expected condition to be a boolean tensor",
        "The first argument of where is a mask, and this one holds numbers. Compare, such as "
        "x > 0, or convert with .bool().",
    ),
    # Floats and whole numbers
    Entry(
        RuntimeError,
        r"value cannot be converted to type int64_t without overflow",
        "A tensor of whole numbers cannot hold infinity. Make it float first: x.float().",
    ),
    Entry(
        RuntimeError,
        CLASH,
        "{dtypes}, and this operation needs one dtype. Convert one, y.to(x.dtype), or give it that "
        "dtype where it is made.",
    ),
    Entry(
        RuntimeError,
        CLASH,
        "Two tensors of different dtypes meet, and this operation needs one. Convert one of them: "
        "y.to(x.dtype).",
    ),
    Entry(
        RuntimeError,
        r"could not infer output dtype|std and var only support floating point|Expected a "
        r"floating point or "
        r"complex tensor",
        "{receiver} holds whole numbers or booleans, and the result would need fractions. Convert "
        "it first: x.float().",
    ),
    Entry(
        NotImplementedError,
        r"\"\w+\" not implemented for '(?P<kind>Long|Int|Bool)'",
        "This operation does not exist for tensors of dtype {kind}. Convert first, x.float(), or "
        "say dtype=torch.float32 where it is made.",
    ),
    Entry(
        RuntimeError,
        r"multinomial only supports floating-point dtypes",
        "multinomial takes probabilities, and these are whole numbers. Convert them: x.float().",
    ),
    Entry(
        RuntimeError,
        r"result type (?P<wide>\w+) can't be cast to the desired output type (?P<own>\w+)",
        "In place a tensor keeps its dtype, here {own}, and the result is {wide}. Make a new one, "
        "x = x / 2, or make x float where it is created.",
    ),
    Entry(
        RuntimeError,
        r"Expected self\.dtype to be equal to src\.dtype",
        "scatter writes numbers of the tensor's own dtype, and the source has another. Convert it: "
        "src.to(x.dtype).",
    ),
    # Indices
    Entry(
        RuntimeError,
        r"xpected dtype int\d+(?:/| or )int64 for index|one_hot is only applicable to index tensor"
        r"|argument #1 'indices' to have one of the following scalar types|xpected target dtype "
        r"to be Long",
        "Indices and ids are whole numbers of dtype int64, and numbers of another dtype came. "
        "Convert them with x.long(), or look for what made them floats, such as `/`, torch.zeros "
        "or a mean.",
    ),
    Entry(
        IndexError,
        r"tensors used as indices must be long, int, byte or bool",
        "A tensor in square brackets holds whole numbers or booleans, and this one does not. "
        "Convert it with .long(), or compare to get a mask; from max or sort take .indices.",
    ),
    Entry(
        IndexError,
        r"are valid indices \(got (?P<kind>\w+)\)",
        "An index of a tensor is a whole number, a slice, None or a tensor, and a {kind} came. "
        "`/` always gives a float: divide with `//`.",
    ),
    Entry(
        TypeError,
        r"slice indices must be integers",
        "The bounds of a slice are whole numbers, and another kind came. `/` always gives a float: "
        "divide with `//`.",
    ),
    Entry(
        RuntimeError,
        r"Class values must be (?:smaller than num_classes|non-negative)",
        "one_hot takes ids from 0 to num_classes - 1, and one is outside. Pass the size of the "
        "vocabulary as num_classes.",
    ),
    # Losses
    Entry(
        RuntimeError,
        r"Expected target size \[(?P<due>.*)\], got \[(?P<got>.*)\]",
        "PyTorch's cross_entropy takes the classes on axis 1: for targets ({got}) the scores need "
        "shape (batch, vocab, seq). Flatten both: logits.flatten(0, 1), targets.flatten().",
    ),
    Entry(
        ValueError,
        r"input batch_size \((?P<a>\d+)\) to match target batch_size \((?P<b>\d+)\)",
        "There are {a} rows of scores and {b} targets, and each row needs one. Flatten both in the "
        "same way: logits.flatten(0, 1), targets.flatten().",
    ),
)
