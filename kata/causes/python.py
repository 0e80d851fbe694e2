"""Causes: None where there should be something, unpacking, loops, generators."""

from kata.causes.calls import AT_LEFT, AT_RIGHT
from kata.causes.entry import Entry

PYTHON = (
    # None
    Entry(
        TypeError,
        rf"{AT_LEFT}.*'NoneType'",
        "The gradient is None: no backward() has reached this parameter. Skip what has none: "
        "`if p.grad is not None`.",
        line=r"\.grad\b",
    ),
    Entry(
        TypeError,
        rf"{AT_LEFT}'NoneType' and ",
        "{left} is None. If a function gave it, a `return` is missing there; if None is allowed, "
        "such as for a bias, ask first: `if ... is not None`.",
    ),
    Entry(
        TypeError,
        rf"{AT_RIGHT}'NoneType'|unary .+: 'NoneType'",
        "{right} is None. If a function gave it, a `return` is missing there; if None is allowed, "
        "such as for a bias, ask first: `if ... is not None`.",
    ),
    Entry(
        TypeError,
        r"'NoneType' object (?:is not subscriptable|does not support item assignment)",
        "{of} is None, so there is nothing to index. If a function gave it, a `return` is missing "
        "there; if None is allowed, ask first: `if ... is not None`.",
    ),
    Entry(
        TypeError,
        r"non-iterable NoneType object|'NoneType' object is not iterable",
        "None stands where several values are expected. If a function gave it, a `return` is "
        "missing there.",
    ),
    Entry(
        TypeError,
        r"\(position (?P<position>\d+)\) must be .*, not NoneType|argument must be .*'NoneType'"
        r"|must be real number, not NoneType",
        "{argument} is None. If a function gave it, a `return` is missing there; if None is "
        "allowed, ask first: `if ... is not None`.",
    ),
    Entry(
        OSError,
        r"reading from stdin while output is captured",
        "input() waits for somebody to type, and in a test nobody does. Take it out.",
    ),
    # Unpacking and loops
    Entry(
        ValueError,
        r"too many values to unpack|not enough values to unpack",
        "{tensor}: it has {axes}, and another number of names stands on the left. Write one name "
        "for each axis, or count from the end where they vary: x.shape[-1].",
        line=r"\.(?:shape|size\(\))",
    ),
    Entry(
        ValueError,
        r"too many values to unpack|not enough values to unpack",
        "{tensor}: unpacking a tensor goes along its first axis. For its sizes write x.shape.",
    ),
    Entry(
        ValueError,
        r"too many values to unpack \(expected (?P<count>\d+)",
        "There are more values on the right than the {count} names on the left. Write a name for "
        "each, or *rest for those left over.",
    ),
    Entry(
        ValueError,
        r"not enough values to unpack \(expected (?P<count>\d+), got (?P<got>\d+)",
        "There are {count} names on the left and {got} on the right. Look at what the right side "
        "gives: write one name for each value.",
    ),
    Entry(
        TypeError,
        r"non-iterable int object",
        "range gives one number at a time, and several names stand on the left. Write one name, "
        "or loop over enumerate(...), which gives pairs.",
        line=r"\bin range\(",
    ),
    Entry(
        TypeError,
        r"non-iterable (?P<kind>int|float|bool) object",
        "A single {kind} cannot be unpacked into several names. Write one name, or give a tuple.",
    ),
    Entry(
        TypeError,
        r"iteration over a 0-d tensor|len\(\) of a 0-d tensor",
        "A tensor without axes is a single number, with nothing to loop over, unpack or count. "
        "Look for the reduction or index that took its last axis.",
    ),
    Entry(
        TypeError,
        r"'(?:int|float)' object is not iterable|type '(?:int|float)' has no len",
        "A number stands where a list or a tensor is expected. To count up to n, loop over "
        "range(n).",
    ),
    Entry(
        TypeError,
        r"'generator' object is not subscriptable|type 'generator' has no len",
        "A generator, such as model.parameters(), gives one thing after the other: it has no "
        "length and no index. Make a list of it: list(...).",
    ),
    Entry(
        TypeError,
        r"'(?P<kind>int|float|bool)' object is not subscriptable",
        "{of} is a single {kind}, which has no parts. Leave out the index, or look where its list "
        "or tensor was lost.",
    ),
    Entry(
        TypeError,
        r"'(?P<kind>\w+)' object is not an iterator",
        "next() takes an iterator, and a {kind} is not one. Write next(iter(...)), or index it "
        "with [0].",
    ),
    Entry(
        StopIteration,
        r"",
        "next() asked for one more, and nothing is left. Give it a default, next(it, None), or "
        "loop with `for`.",
        line=r"\bnext\(",
    ),
    Entry(
        RuntimeError,
        r"generator raised StopIteration",
        "A next() within a generator found nothing left. Give it a default, next(it, None), or "
        "loop with `for`.",
    ),
    Entry(
        RuntimeError,
        r"(?P<kind>dictionary|Set) (?:changed size|keys changed) during iteration",
        "The loop runs over a {kind} while its body adds or removes entries. Loop over a copy: "
        "for ... in list(...).",
    ),
    Entry(
        TypeError,
        r"'generator' object does not support the (?:asynchronous )?context manager protocol",
        "A function with `yield` works after `with` only if it has a decorator. Write "
        "@contextmanager, from contextlib, above its `def`.",
    ),
    Entry(
        TypeError,
        r"'type' object does not support the (?:asynchronous )?context manager protocol",
        "A class stands after `with`, and an object of it is expected there. Write the brackets: "
        "with torch.no_grad():",
    ),
    Entry(
        RuntimeError,
        r"generator didn't (?:stop|yield)",
        "A function under @contextmanager has to pass exactly one `yield`, also after an error. "
        "Put it into a `try`, and what comes afterwards into `finally`.",
    ),
)
