"""Causes: names, attributes, and calls that do not fit what they call."""

from dataclasses import FrozenInstanceError

from kata.causes.entry import Entry

NOT_A_CALL = r"'?(?:builtin_function_or_method|method|function|method_descriptor)'?"
AT_LEFT = r"(?:type\(s\) for .+?: |instances of )"
AT_RIGHT = AT_LEFT + r"'[^']+' and "
MODULES = r"torch|math|copy|json|random|os|time|functools|itertools|pickle|inspect|dataclasses"

CALLS = (
    Entry(
        NameError,
        r"name 'self' is not defined",
        "`self` is known only inside of a method that has it as its first parameter. Write "
        "`self` first in the brackets of the `def`.",
    ),
    Entry(
        NameError,
        rf"^name '(?P<name>{MODULES})' is not defined",
        "The file uses `{name}` and does not import it. Write `import {name}` at its top.",
    ),
    Entry(
        NameError,
        r"^name '(?P<name>nn|Tensor)' is not defined",
        "The file uses `{name}` and does not import it. Write `from torch import {name}` at its "
        "top.",
    ),
    Entry(
        NameError,
        r"^name 'F' is not defined",
        "The file uses `F` and does not import it. Write `from torch.nn import functional as F` "
        "at its top.",
    ),
    Entry(
        NameError,
        r"^name 'np' is not defined",
        "The file does not import NumPy. Nothing here needs it: torch has functions of the same "
        "kind, which also keep the gradient.",
    ),
    Entry(
        NameError,
        r"^name '(?P<name>\w+)' is not defined",
        "`{name}` is no variable here, it is an attribute of the object. Write {own}.",
    ),
    Entry(
        NameError,
        r"^name '(?P<name>\w+)' is not defined",
        "Nothing is called `{name}` here, but there is `{near}`. If you mean that, correct the "
        "spelling.",
    ),
    Entry(
        NameError,
        r"^name '(?P<name>\w+)' is not defined",
        "Nothing is called `{name}` here: variables of other functions cannot be seen. Pass it in "
        "as an argument, import it, or write self.{name} if it is an attribute.",
    ),
    Entry(
        UnboundLocalError,
        r"local variable '(?P<name>\w+)'",
        "This function assigns to `{name}`, so everywhere in it `{name}` is a local variable, and"
        " not the {hidden} outside. Give the local variable another name.",
    ),
    Entry(
        UnboundLocalError,
        r"local variable '(?P<name>\w+)'",
        "On the way to this line nothing was assigned to `{name}`: an `if` was false, or a loop "
        "ran zero times, or it is assigned further down. Give it a value before.",
    ),
    Entry(
        NameError,
        r"free variable '(?P<name>\w+)'",
        "The inner function uses `{name}` before the function around it has assigned it. Assign "
        "it before the call.",
    ),
    # What was named, and not called; or called, and is no function.
    Entry(
        TypeError,
        rf"{AT_LEFT}{NOT_A_CALL}",
        "{left} is a function and was not called. Write the brackets after it, as in x.sum().",
    ),
    Entry(
        TypeError,
        rf"{AT_RIGHT}{NOT_A_CALL}",
        "{right} is a function and was not called. Write the brackets after it, as in x.sum().",
    ),
    Entry(
        TypeError,
        rf"{NOT_A_CALL} object is not subscriptable",
        "{of} is a function, and square brackets do not call it. Write round brackets, as in "
        "x.size(0); x.shape[0] has square ones, because it is no function.",
    ),
    Entry(
        TypeError,
        rf"(?:\(position (?P<position>\d+)\) must be .*, not |^){NOT_A_CALL}(?:$| object "
        rf"(?:is|cannot))",
        "{argument} is a function and was not called. Write the brackets after it, as in "
        "x.size() or model.parameters().",
    ),
    Entry(
        TypeError,
        r"'torch\.Size' object is not callable",
        "{function} is a tuple of sizes, not a function. Write square brackets, x.shape[0], or "
        "call x.size(0).",
    ),
    Entry(
        TypeError,
        r"'(?:Tensor|Parameter)' object is not callable",
        "{function} is a tensor, and round brackets call a function. To index it, use square "
        "brackets, and to multiply, `*` or `@`; attributes such as x.T and x.mT are read without "
        "brackets.",
    ),
    Entry(
        TypeError,
        r"'(?:int|float|bool)' object is not callable",
        "{function} is a number, and round brackets call a function. If a layer is meant, make one "
        "and keep that; else read the number without brackets, and multiply with `*`.",
    ),
    Entry(
        TypeError,
        r"'(?P<kind>list|tuple|dict)' object is not callable",
        "{function} is a {kind}, and round brackets call a function. Take an entry with square "
        "brackets, or call its layers one after the other in a loop.",
    ),
    Entry(
        TypeError,
        r"'NoneType' object is not callable",
        "{function} is None and cannot be called. If None is allowed there, ask first: "
        "`if ... is not None`.",
    ),
    # Arguments
    Entry(
        TypeError,
        r"takes 1 positional argument but \d+ were given",
        "The __init__ of the class above takes no arguments. Write super().__init__() with empty "
        "brackets.",
        line=r"super\(\)\.__init__\(.+\)",
    ),
    Entry(
        TypeError,
        r"descriptor '__init__' of 'super' object needs an argument",
        "`super` was not called. Write super().__init__(), with brackets after `super`, too.",
    ),
    Entry(
        TypeError,
        r"too many positional arguments|takes .*positional arguments? but \d+",
        "{callee} is defined with {signature}, so the object itself {first}. Write `self` as the "
        "first parameter.",
    ),
    Entry(
        TypeError,
        r"missing (?:a required|\d+ required positional) arguments?: (?P<missing>'.*')",
        "The __init__ of the class above is defined with {signature}, and {missing} was not handed "
        "on to it. Write it into the brackets of super().__init__(...).",
        line=r"super\(\)\.__init__\(",
    ),
    Entry(
        TypeError,
        r"missing (?:a required|\d+ required positional) arguments?: (?P<missing>'.*')",
        "`{class}(...)` makes a new object, and its __init__ also needs {missing}. To apply a "
        "layer that you have, call the object, such as self.layer(x).",
    ),
    Entry(
        TypeError,
        r"missing (?:a required|\d+ required positional) arguments?: (?P<missing>'.*')",
        "{callee} is defined with {signature}, and the call gives nothing for {missing}. A method"
        " that is called through its class needs the object, too, so call it on an object.",
        line=r"^[A-Z]\w*\.\w+\(",
    ),
    Entry(
        TypeError,
        r"missing (?:a required|\d+ required positional) arguments?: (?P<missing>'.*')",
        "{callee} is defined with {signature}, and the call gives nothing for {missing}. Add it "
        "to the call, or give it a default in the `def`.",
    ),
    Entry(
        TypeError,
        r"too many positional arguments|takes .*positional arguments? but \d+",
        "{callee} is defined with {signature}, and the call gives more arguments than that. Take "
        "one out of the call, or add a parameter to the `def`.",
    ),
    Entry(
        TypeError,
        r"unexpected keyword argument '(?P<name>\w+)'",
        "{callee} is defined with {signature}, and none of these is called `{name}`. The names in"
        " the call and in the `def` have to be the same, and the stub has the right ones.",
    ),
    Entry(
        TypeError,
        r"multiple values for argument '(?P<name>\w+)'",
        "`{name}` is given twice: once by its place and once by its name. Leave one of the two "
        "out.",
    ),
    # Attributes
    Entry(
        AttributeError,
        r"'NoneType' object has no attribute '(?P<name>\w+)'",
        "The gradient is None: no backward() has reached this parameter, or the gradients were "
        "set to None after it. Ask `if p.grad is not None` before you use it.",
        line=r"\.grad\.\w+$",
    ),
    Entry(
        AttributeError,
        r"'NoneType' object has no attribute '(?P<name>\w+)'",
        "{of} is None, which has no `{name}`. If a function gave it, a `return` is missing there; "
        "if None is allowed, ask first: `if ... is not None`.",
    ),
    Entry(
        FrozenInstanceError,
        r"cannot assign to field '(?P<name>\w+)'",
        "The dataclass is frozen: its fields never change. Make a changed copy with "
        "dataclasses.replace(config, {name}=...).",
    ),
    Entry(
        AttributeError,
        r"property '(?P<name>\w+)' of '(?P<kind>\w+)' object has no setter",
        "`{name}` is a property of {kind}: it is computed when it is read, and cannot be assigned. "
        "Keep the value under another name, such as self._{name}.",
    ),
    Entry(
        AttributeError,
        r"attribute '(?P<name>shape|ndim|dtype)' of .* is not writable",
        "The {name} of a tensor cannot be assigned. Make a new tensor: x.reshape(...) for another "
        "shape, x.to(...) for another dtype.",
    ),
)
