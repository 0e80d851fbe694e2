"""Causes: arguments that a function of PyTorch does not take."""

from kata.causes.entry import Entry

OF_MATH = (
    "sqrt|exp|log|log2|log10|log1p|expm1|tanh|sinh|cosh|sin|cos|tan|asin|acos|atan|erf|erfc|floor|"
    "ceil|isnan|isinf|isfinite"
)
SIZED = "reshape|view|expand|repeat|zeros|ones|empty|rand|randn|permute|new_zeros|new_ones"

ARGUMENTS = (
    # What stands where a tensor, a list or a number is due
    Entry(
        TypeError,
        r"^(?P<name>\w+)\(\): argument 'input' \(position (?P<position>\d+)\) must be Tensor, not "
        r"(?:int|float)$",
        "torch.{name} takes a tensor, and {argument} is one Python number. Use math.{name} for it, "
        "or make it a tensor: torch.tensor(...).",
        line=rf"^torch\.(?:{OF_MATH})\(",
    ),
    Entry(
        TypeError,
        r"\(position (?P<position>\d+)\) must be Tensor, not (?P<kind>int|float|list|tuple|bool)$",
        "A tensor is expected there, and {argument} is of type {kind}. Make a tensor of it: "
        "torch.tensor(...) takes numbers, torch.stack(...) takes tensors.",
    ),
    Entry(
        TypeError,
        r"\(position (?P<position>\d+)\) must be Tensor, not (?P<kind>[A-Z]\w*)$",
        "A tensor is expected there, and {argument} is an object of the class {kind}. If that is "
        "a layer, call it on a tensor first: layer(x).",
    ),
    Entry(
        TypeError,
        r"^(?P<name>cat|stack)\(\): argument 'tensors' \(position 1\) must be tuple of Tensors, "
        r"not Tensor"
        r"|^(?P<names>cat)\(\) takes from 1 to 2 positional arguments",
        "torch.cat and torch.stack take their tensors in one list. Write the square brackets: "
        "([a, b], dim=...).",
    ),
    Entry(
        TypeError,
        r"must be tuple of Tensors, not (?P<kind>generator|dict_values|map|zip)",
        "A list of tensors is expected, and a {kind} came. Put it into square brackets, or write "
        "list(...).",
    ),
    Entry(
        TypeError,
        r"expected Tensor as element (?P<index>\d+) in argument 0, but got NoneType",
        "Entry {index} of the list (from 0) is None. Look whether a `return` is missing in what "
        "gave it, or leave out what is None.",
    ),
    Entry(
        TypeError,
        r"expected Tensor as element (?P<index>\d+) in argument 0, but got "
        r"(?P<kind>int|float|list|tuple)",
        "The list may hold only tensors, and its entry {index} (from 0) is of type {kind}. "
        "torch.tensor makes a tensor of numbers; in a nested list, join the inner tensors first.",
    ),
    Entry(
        TypeError,
        r"^softmax\(\) missing .* \"dim\"",
        "This is PyTorch's own softmax, which has no default axis. Say dim=-1.",
    ),
    Entry(
        TypeError,
        r"^(?P<name>transpose|swapaxes)\(\) missing|^(?P<other>transpose|swapaxes)\(\) takes 2 "
        r"positional",
        "transpose swaps two axes, and wants these two: x.transpose(-2, -1). To reorder more, use "
        "permute.",
    ),
    Entry(
        TypeError,
        r"^(?P<name>\w+)\(\) missing \d+ required positional arguments?: (?P<missing>\".*\")",
        "PyTorch's {name} also needs {missing}. Add it to the call.",
    ),
    Entry(
        TypeError,
        r"got \((?:Tensor, )?keepdim=bool",
        "keepdim keeps the axis that is reduced, and none was named. Name it, too: "
        "(dim=-1, keepdim=True).",
    ),
    Entry(
        TypeError,
        r"'dtype' must be torch\.dtype, not (?P<kind>\w+)",
        "A dtype is an object of torch, and a {kind} came. Write dtype=torch.float32 or "
        "dtype=torch.long.",
    ),
    Entry(
        RuntimeError,
        r"device type at start of device string: (?P<name>float|double|long|int|bool|half)\w*",
        "PyTorch reads a text as the name of a device. For a dtype write x.{name}() or "
        "x.to(torch.{name}).",
    ),
    Entry(
        TypeError,
        r"tuple of ints,? ?(?:but got|not) float|must be int, not float",
        "Sizes and axes are whole numbers, and a float came: `/` always gives one, also in 6 / 2. "
        "Divide with `//`.",
    ),
    Entry(
        TypeError,
        r"tuple of ints,? ?(?:but got|not) (?:tuple|list|torch\.Size)",
        "Sizes are single whole numbers, or one tuple of them, not a mix. Unpack the tuple with a "
        "star: x.view(*sizes, 3).",
    ),
    Entry(
        TypeError,
        r"must be tuple of ints, not int$",
        "A shape is expected, and one number came. Write it as a tuple: (n,).",
    ),
    Entry(
        TypeError,
        rf"^(?P<name>{SIZED})\(\) takes 1 positional argument but \d+ were given",
        "Not all of the sizes given to {name} are whole numbers. Look for a float, which `/` "
        "always gives (divide with `//`), or for a tuple among them (unpack it with a star).",
    ),
    Entry(
        TypeError,
        r"^tensor\(\) takes 1 positional argument",
        "torch.tensor takes its numbers as one list. Write the square brackets: "
        "torch.tensor([1.0, 2.0]).",
    ),
    Entry(
        ValueError,
        r"expected sequence of length (?P<a>\d+) at dim \d+ \(got (?P<b>\d+)\)",
        "All rows of a tensor have the same length, and here are rows of length {a} and {b}. Fill"
        " up the short ones first.",
    ),
    Entry(
        RuntimeError,
        r"Could not infer dtype of NoneType",
        "There is a None among the numbers for torch.tensor. Look for what gave it: is a `return` "
        "missing?",
    ),
    Entry(
        TypeError,
        r"invalid combination of arguments - got \([^()]*NoneType",
        "The gradient is None: no backward() has reached this parameter. Skip what has none: "
        "`if p.grad is not None`.",
        line=r"\.grad\b",
    ),
    Entry(
        TypeError,
        r"^(?P<name>\w+)\(\) received an invalid combination of arguments - got \([^()]*NoneType",
        "One of the arguments of {name} is None. If a function gave it, a `return` is missing "
        "there; if None is allowed, ask first: `if ... is not None`.",
    ),
    Entry(
        TypeError,
        r"^(?P<name>\w+)\(\) received an invalid combination of arguments - got "
        r"\((?P<got>[^()]{0,60})\)",
        "{name} cannot be called with ({got}); the list above shows how it can. Compare the "
        "number, "
        "order and types of the arguments.",
    ),
)
