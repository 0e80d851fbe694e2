"""Causes: layers and their parameters, optimizers, what is saved and loaded."""

import pickle

from kata.causes.calls import AT_LEFT
from kata.causes.entry import Entry

PARAMETERS = (
    "Layers and parameters (nn.Parameter) are attributes of self, under the names that the "
    "docstring gives."
)
NOT_BEGUN = (
    "_parameters|_buffers|_modules|_forward_hooks|_forward_pre_hooks|_backward_hooks|training"
)

MODULES = (
    Entry(
        AttributeError,
        rf"before Module\.__init__\(\) call|object has no attribute '(?:{NOT_BEGUN})'",
        "nn.Module has not been set up yet when the first attribute is set or used. The first line "
        "of __init__ is super().__init__().",
    ),
    Entry(
        TypeError,
        r"^cannot assign '.+' as parameter '(?P<name>\w+)'",
        "`{name}` is registered as a parameter, and only another nn.Parameter may replace it. "
        "Change its numbers instead: under torch.no_grad(), .copy_(...).",
    ),
    Entry(
        TypeError,
        r"^cannot assign '(?P<kind>.+)' as child module '(?P<name>\w+)'",
        "`{name}` is the name of a layer, and only a layer may replace it. Give the {kind} another "
        "name.",
    ),
    Entry(
        TypeError,
        r"^cannot assign '(?P<kind>.+)' as buffer '(?P<name>\w+)'",
        "`{name}` is registered as a buffer, and only a tensor may replace it. Wrap the {kind}: "
        "torch.tensor(...).",
    ),
    Entry(
        KeyError,
        r"attribute '(?P<name>\w+)' already exists",
        "`{name}` is an attribute already, and cannot be registered a second time. Register it "
        "alone, without an assignment to self.{name} before it.",
    ),
    Entry(
        TypeError,
        r"^(?P<kind>list|tuple|generator) is not a Module subclass",
        "A {kind} stands where a layer is expected. Unpack it with a star, "
        "nn.Sequential(*layers), or make an nn.ModuleList of it.",
    ),
    Entry(
        TypeError,
        r"^(?!torch\.)(?:\w+\.)+(?P<name>[A-Z]\w*) is not a Module subclass",
        "A layer is expected: an object of a class that inherits from nn.Module. Write "
        "`{name}(...)` with brackets where you use it, and `class {name}(nn.Module)`.",
    ),
    Entry(
        TypeError,
        r"^(?P<kind>[\w.<>]+) is not a Module subclass",
        "Only layers go into nn.ModuleList and nn.Sequential, and {kind} is not a layer. Keep "
        "numbers and functions in a plain list, parameters in an nn.ParameterList.",
    ),
    Entry(
        TypeError,
        r"ModuleList\.extend should be called with an iterable, but got (?P<kind>\w+)",
        "nn.ModuleList takes one list of layers, and {kind} is not a list. Put square brackets "
        "around them: nn.ModuleList([a, b]).",
    ),
    Entry(
        NotImplementedError,
        r"Module \[Module(?:List|Dict)\] is missing",
        "{function} only keeps its layers, and cannot be called. Call them one after the other: "
        "for layer in layers: x = layer(x).",
    ),
    Entry(
        NotImplementedError,
        r"Module \[(?P<name>\w+)\] is missing the required \"forward\" function",
        "The class {name} has no method `forward`. Look whether its name is misspelt, or its `def` "
        "is indented into another method.",
    ),
    Entry(
        TypeError,
        AT_LEFT,
        "{layer} is a layer, not a tensor. Call it on a tensor, layer(x), or use its weight.",
    ),
    Entry(
        AttributeError,
        r"'\w+' object has no attribute '(?P<name>\w+)'$",
        "{owner} has no `{name}`, but it has `{near}`. If you mean that, correct the spelling in "
        "one of the two places.",
    ),
    Entry(
        AttributeError,
        r"'\w+' object has no attribute '(?P<name>\w+)'$",
        "Nothing set `{name}` on {owner}: it has {there}. Write self.{name} = ... in __init__; "
        "the docstring tells the names.",
    ),
    Entry(
        AttributeError,
        r"type object '(?P<kind>\w+)' has no attribute '(?P<name>\w+)'",
        "{kind} is a class, and has no `{name}` itself: what __init__ sets belongs to an object. "
        "Make one, {kind}(...), and read it from there.",
    ),
    Entry(
        AttributeError,
        r"'(?P<kind>int|float|list)' object has no attribute 'detach'",
        "nn.Parameter takes a tensor, and {argument} is of type {kind}. Wrap it: "
        "nn.Parameter(torch.tensor(...)).",
        line=r"Parameter\(",
    ),
    # Optimizers
    Entry(
        ValueError,
        r"optimizer got an empty parameter list",
        "There is no parameter for the optimizer. Either layers stand in a plain list (use "
        "nn.ModuleList), or model.parameters() was used up before: make a list of it.",
    ),
    Entry(
        ValueError,
        r"can't optimize a non-leaf Tensor",
        "The tensor is the result of an operation, and an optimizer changes only what nothing "
        "computed. Hand it the nn.Parameter itself.",
    ),
    Entry(
        ValueError,
        r"some parameters appear in more than one parameter group",
        "A parameter is in two groups. Tied weights appear under two names, so keep each "
        "parameter only once, by its id().",
    ),
    Entry(
        TypeError,
        r"params argument given to the optimizer should be an iterable",
        "An optimizer takes a list of parameters, and one tensor was given. Put it into a list: "
        "[p].",
    ),
    Entry(
        TypeError,
        r"optimizer can only optimize Tensors, but one of the params is (?P<kind>[\w.]+)",
        "An optimizer takes parameters, and {kind} came. Hand it model.parameters().",
    ),
    # Saving and loading
    Entry(
        RuntimeError, r"key\(s\) in state_dict", "The names of the parameters differ. " + PARAMETERS
    ),
    Entry(
        RuntimeError,
        r"size mismatch for (?P<name>[\w.]+): "
        r".*?Size\(\[(?P<theirs>.*?)\]\).*?Size\(\[(?P<own>.*?)\]\)",
        "`{name}` is ({own}) in the model and ({theirs}) in what is loaded. Build the model with "
        "the same sizes; where the two are swapped, transpose.",
    ),
    Entry(
        TypeError,
        r"Expected state_dict to be dict-like, got <class '(?P<kind>[\w.]+)'>",
        "load_state_dict takes the dict that state_dict() gives, and a {kind} came. Write "
        "model.load_state_dict(torch.load(path)), or other.state_dict().",
    ),
    Entry(
        pickle.UnpicklingError,
        r"Weights only load failed",
        "torch.load reads tensors, numbers and dicts, and the file holds objects of other "
        "classes. Save state_dict() and plain numbers; say weights_only=False only for a file of "
        "your own.",
    ),
    Entry(
        RuntimeError,
        r"Parent directory (?P<name>.+) does not exist",
        "The folder {name} is not there yet. Make it first: "
        "path.parent.mkdir(parents=True, exist_ok=True).",
    ),
)
