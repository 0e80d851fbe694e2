"""Causes: lists, tuples and dicts, Python's arithmetic, and what is saved."""

import pickle

from kata.causes.calls import AT_LEFT, AT_RIGHT
from kata.causes.entry import Entry

VALUES = (
    # Lists, tuples, dicts
    Entry(
        TypeError,
        r"can only concatenate tuple",
        "With an axis, max, min, sort and topk give a pair of values and indices, and so {left} "
        "is a tuple. Take one of the two, .values or .indices.",
        line=r"^[\w.]*\.(?:max|min|sort|topk|median|mode|kthvalue)\([^()]*\) \+ ",
    ),
    Entry(
        TypeError,
        r"can only concatenate (?P<kind>tuple|list) \(not \"?(?P<other>\w+)\"?\)",
        "`+` joins a {kind} with another {kind}, and one of the two is of type {other}. Make a "
        "{kind} of "
        "it, or take the entry that you want to add to.",
    ),
    Entry(
        TypeError,
        r"can only concatenate str|for \+: '\w+' and 'str'",
        'A text and a number cannot be added. Put the value into the text: f"... {{value}}".',
    ),
    Entry(
        TypeError,
        r"multiply sequence by non-int",
        "`*` repeats a list or a tuple, it does not multiply its numbers. Make a tensor of it "
        "first: torch.tensor(...).",
    ),
    Entry(
        TypeError,
        rf"{AT_LEFT}'(?P<kind>list|tuple)' and ",
        "{left} is a {kind}, and in Python a {kind} has no arithmetic. Make a tensor first: "
        "torch.tensor for numbers, torch.stack for tensors.",
    ),
    Entry(
        TypeError,
        rf"{AT_RIGHT}'(?P<kind>list|tuple)'",
        "{right} is a {kind}, and in Python a {kind} has no arithmetic. Make a tensor first: "
        "torch.tensor for numbers, torch.stack for tensors.",
    ),
    Entry(
        AttributeError,
        r"'(?P<kind>list|tuple)' object has no attribute '(?:shape|size|sum|mean|exp|T|mT|dtype|to|"
        r"float|long|view|reshape|unsqueeze|transpose|norm|numel|max|min|backward|item|dim)'",
        "{of} is a {kind}, not a tensor. Pick one of its entries, or make a tensor: torch.stack "
        "for tensors, torch.tensor for numbers.",
    ),
    Entry(
        AttributeError,
        r"'dict' object has no attribute '(?P<name>\w+)'",
        "{of} is a dict, and has no `{name}`. Its entries are read with square brackets and the "
        "key in quotes.",
    ),
    Entry(
        KeyError,
        r"^(?P<key>'[^' ]*'|-?\d+)$",
        "{of} has no entry {key}. Write it before you read it, or ask for it with .get({key}).",
        line=r"\]$",
    ),
    Entry(
        TypeError,
        r"unhashable type: '(?P<kind>\w+)'",
        "A {kind} can change, so it cannot be a key of a dict or a member of a set. Use a tuple.",
    ),
    Entry(
        TypeError,
        r"'(?:tuple|torch\.Size)' object does not support item assignment",
        "{of} is a tuple, which cannot be changed. Make a list of it, list(...), or build a new "
        "tuple.",
    ),
    Entry(
        TypeError,
        r"(?P<kind>list|tuple) indices must be integers or slices, not tuple",
        "{of} is a {kind}, which takes one index at a time: rows[i][j]. Only tensors take several"
        " indices in one pair of brackets.",
    ),
    Entry(
        TypeError,
        r"(?P<kind>list|tuple) indices must be integers or slices, not float",
        "The index of a {kind} is a whole number, and a float was given. `/` always gives a "
        "float: divide with `//`.",
    ),
    Entry(
        IndexError,
        r"tuple index out of range",
        "{tensor}: it has {axes}, so {code} asks for an axis that is not there. Count from the "
        "end, x.shape[-1], where the number of axes may vary.",
        line=r"\.shape\[",
    ),
    Entry(
        IndexError,
        r"(?P<kind>list|tuple|string) index out of range",
        "{of} has fewer entries than that. Indices run from 0 to its length minus 1.",
    ),
    Entry(
        IndexError,
        r"pop from empty list",
        "The list is empty, so there is nothing to take out. Ask before: `if rows:`.",
        line=r"\.pop\(",
    ),
    Entry(
        ValueError,
        r"(?P<name>max|min)\(\) (?:arg is an empty sequence|iterable argument is empty)",
        "The sequence given to {name}() is empty, so there is nothing to take. Give {name}() a "
        "default, or look why nothing came.",
    ),
    # Numbers
    Entry(
        ZeroDivisionError,
        r"",
        "{right} is 0, and Python does not divide by 0. Treat that case before the division.",
        line=r"[/%]",
    ),
    Entry(
        RuntimeError,
        r"^ZeroDivisionError$",
        "A tensor of whole numbers is divided by 0. Treat that case before, or divide floats, "
        "which give inf.",
    ),
    Entry(
        ValueError,
        r"math domain error|expected a (?:positive|nonnegative) input",
        "`math` has no result for this number: the root of a negative one, or the logarithm of 0 "
        "or less. Look at what {argument} is.",
    ),
    Entry(
        OverflowError,
        r"math range error|Numerical result out of range|too large to convert to float",
        "The result is above 1.8e308, the largest float. Before exp, subtract the largest "
        "exponent from all of them.",
    ),
    Entry(
        TypeError,
        r"'float' object cannot be interpreted as an integer",
        "A whole number is expected, and a float was given: `/` always gives one, also in 6 / 2. "
        "Divide with `//`, or make it whole with int().",
    ),
    Entry(
        TypeError,
        r"for \^: ",
        "`^` is not a power in Python. Write x**3.",
        line=r"\^",
    ),
    Entry(
        RecursionError,
        r"",
        "The function calls itself, directly or through others, and never stops. Call what it is "
        "made of instead, or return before the call where nothing is left to do.",
    ),
    # Files
    Entry(
        FileNotFoundError,
        r"No such file or directory: '(?P<name>.+)'",
        "There is no file or folder `{name}`, seen from the folder where Python was started. Check "
        "the path; path.parent.mkdir(parents=True, exist_ok=True) makes a folder.",
    ),
    Entry(
        (pickle.PicklingError, AttributeError),
        r"Can't (?:pickle|get) (?:local object|<function)",
        "Only a function that stands at the top of a file can be saved; a lambda, a hook or an "
        "inner function cannot. Leave it out of what you save.",
    ),
    Entry(
        TypeError,
        r"cannot pickle '(?P<kind>[\w.]+)' object",
        "A {kind} cannot be copied or saved. Leave it out, or keep what it is made from.",
    ),
    Entry(
        TypeError,
        r"Object of type (?P<kind>Tensor|ndarray|Parameter) is not JSON serializable",
        "JSON knows numbers and lists, but no {kind}. Convert first: .item() for one number, "
        ".tolist() for more.",
    ),
)
