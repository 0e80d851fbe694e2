"""Code that raises, for each entry of the tables of causes: a claim, the code, and what is said.

The code stands in a module where torch, nn, F, math and the like are imported, x is a float tensor
(2, 3), n one of whole numbers (3,), w a parameter (2, 3), and typed checks a signature.
"""

NAMES = (
    ("self is a parameter", "def f(x):\n    return self.w\nf(1)", "`self` first in the brackets"),
    ("torch is not imported", "del torch\ntorch.ones(2)", "Write `import torch` at its top"),
    ("nn comes from torch", "del nn\nnn.Module()", "`from torch import nn`"),
    ("F is functional", "del F\nF.pad(x)", "`from torch.nn import functional as F`"),
    ("NumPy is not needed", "np.exp(2)", "torch has functions of the same kind"),
    (
        "an attribute needs self",
        """
        class A(nn.Module):
            def __init__(self):
                super().__init__()
                self.scale = nn.Parameter(torch.ones(1))
            def forward(self, x):
                return x * scale
        A()(x)
        """,
        "`scale` is no variable here, it is an attribute of the object. Write self.scale.",
    ),
    (
        "a table of positions that is too short is told as a text that is too long",
        """
        class Table(nn.Module):
            def __init__(self):
                super().__init__()
                self.weight = nn.Parameter(torch.ones(5, 2))
            def forward(self, ids):
                return self.weight[ids]
        Table()(torch.arange(7))
        """,
        "up to 6, as positions do, and the table has 5 rows: a text of 7 is too long for it.",
    ),
    ("a name is misspelt", "weight = 3\nwieght", "there is `weight`"),
    ("a name is unknown", "def f():\n    hidden_size = 3\nf()\nhidden_size", "variables of other"),
    (
        "a local variable hides a function",
        "def softmax(x):\n    return x\ndef f(x):\n    softmax = softmax(x)\nf(x)",
        "not the `softmax` outside",
    ),
    (
        "a variable is assigned on one way only",
        "def f(k):\n    if k:\n        best = 1\n    return best\nf(0)",
        "nothing was assigned to `best`",
    ),
    (
        "an inner function comes too early",
        "def f():\n    def g():\n        return late\n    g()\n    late = 1\nf()",
        "The inner function uses `late`",
    ),
    ("a method was not called, left", "x.size / 2", "`x.size` is a function and was not called"),
    ("a method was not called, right", "x / x.sum", "`x.sum` is a function and was not called"),
    ("a method was indexed", "x.size[0]", "`x.size` is a function, and square brackets"),
    ("a method was given", "torch.exp(x.sum)", "`x.sum` is a function and was not called"),
    ("a method was counted", "range(x.dim)", "`x.dim` is a function and was not called"),
    ("a method was looped over", "list(nn.Flatten().parameters)", "model.parameters()"),
    ("shape is no function", "x.shape()", "`x.shape` is a tuple of sizes"),
    ("T is no function", "x.T()", "`x.T` is a tensor"),
    ("ndim is no function", "x.ndim()", "`x.ndim` is a number"),
    ("a plain list has no forward", "layers = [nn.Flatten()]\nlayers(x)", "`layers` is a list"),
    ("None is no function", "mixer = None\nmixer(x)", "`mixer` is None and cannot be called"),
    (
        "nn.Module's init takes nothing",
        "class A(nn.Module):\n    def __init__(self, n):\n        super().__init__(n)\nA(3)",
        "empty brackets",
    ),
    (
        "super is called",
        "class A(nn.Module):\n    def __init__(self):\n        super.__init__()\nA()",
        "`super` was not called",
    ),
    (
        "self is missing in a method",
        """
        class A(nn.Module):
            def forward(x):
                return x
        A()(x)
        """,
        "`A.forward` is defined with (x), so the object itself lands in `x`. Write `self`",
    ),
    (
        "self is missing in a checked method",
        """
        class A(nn.Module):
            @typed
            def forward(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
                return x
        A()(x)
        """,
        "`A.forward` is defined with (x), so the object itself lands in `x`. Write `self`",
    ),
    (
        "self is missing alone",
        "class A(nn.Module):\n    def size():\n        return 3\nA().size()",
        "`A.size` is defined with (), so the object itself has no place.",
    ),
    (
        "a base class needs its arguments",
        """
        class A(nn.Module):
            @typed
            def __init__(self, width: int) -> None:
                super().__init__()
        class B(A):
            def __init__(self):
                super().__init__()
        B()
        """,
        "The __init__ of the class above is defined with (self, width), and 'width' was not",
    ),
    (
        "a class is no layer yet",
        "class A(nn.Module):\n    def __init__(self, width):\n        super().__init__()\nA()",
        "`A(...)` makes a new object, and its __init__ also needs 'width'",
    ),
    (
        "a method is called through its class",
        """
        class A(nn.Module):
            @typed
            def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
                return x
        A.forward(x)
        """,
        "gives nothing for 'x'. A method that is called through its class needs the object",
    ),
    (
        "an argument is missing",
        "@typed\ndef mix(a: int, b: int = 2, *, c: int) -> int:\n    return a\nmix(1)",
        "`mix` is defined with (a, b, c), and the call gives nothing for 'c'. Add it",
    ),
    (
        "an argument is too many",
        "@typed\ndef mix(a: int) -> int:\n    return a\nmix(1, 2)",
        "`mix` is defined with (a), and the call gives more",
    ),
    (
        "an argument has another name",
        "@typed\ndef mix(a: int, dim: int = -1) -> int:\n    return a\nmix(1, axis=2)",
        "`mix` is defined with (a, dim), and none of these is called `axis`",
    ),
    (
        "an argument is given twice",
        "@typed\ndef mix(a: int) -> int:\n    return a\nmix(1, a=2)",
        "`a` is given twice",
    ),
    ("a gradient is None", "w.grad.zero_()", "no backward() has reached this parameter"),
    ("a value is None", "bias = None\nbias.shape", "`bias` is None, which has no `shape`"),
    (
        "a dataclass is frozen",
        "@dataclass(frozen=True)\nclass C:\n    seq: int\nC(3).seq = 4",
        "dataclasses.replace(config, seq=...)",
    ),
    (
        "a property is computed",
        "class C:\n    @property\n    def length(self):\n        return 1\nC().length = 2",
        "such as self._length",
    ),
    ("a shape is not assigned", "x.shape = (3, 2)", "x.reshape(...)"),
)

PYTHON = (
    ("somebody should type", "input()", "in a test nobody does. Take it out."),
    ("a gradient is None in arithmetic", "w.data - 0.1 * w.grad", "The gradient is None"),
    ("the left is None", "bias = None\nbias + x", "`bias` is None"),
    ("the right is None", "def f():\n    pass\nx + f()", "`f()` is None"),
    ("None has no sign", "bias = None\n-bias", "`bias` is None"),
    ("None has no parts", "out = None\nout[0]", "`out` is None, so there is nothing to index"),
    ("None is not unpacked", "a, b = None", "None stands where several values are expected"),
    ("None is not looped over", "for row in None:\n    pass", "None stands where"),
    ("None is no tensor", "mask = None\ntorch.exp(mask)", "`mask` is None"),
    ("None is no number", "scale = None\nmath.sqrt(scale)", "`scale` is None"),
    ("a shape is unpacked", "a, b, c = x.shape", "`x` is (2, 3): it has 2 axes"),
    ("a shape is unpacked too short", "a, = x.shape", "`x` is (2, 3): it has 2 axes"),
    ("a tensor is unpacked", "a, b, c = x", "unpacking a tensor goes along its first axis"),
    ("too many values", "a, b = [1, 2, 3]", "more values on the right than the 2 names"),
    ("too few values", "a, b, c = x.split(1)", "There are 3 names on the left and 2 on the right"),
    ("range gives one number", "for i, row in range(3):\n    pass", "enumerate"),
    ("a number is not unpacked", "a, b = 5", "A single int cannot be unpacked"),
    ("a tensor without axes has no rows", "for row in x.sum():\n    pass", "nothing to loop over"),
    ("a number is not looped over", "for i in 3:\n    pass", "loop over range(n)"),
    ("a generator has no index", "nn.Flatten().parameters()[0]", "Make a list of it"),
    ("a number has no index", "rows = 3\nrows[0]", "`rows` is a single int, which has no parts"),
    ("next wants an iterator", "next([1])", "a list is not one"),
    ("next finds nothing", "next(iter([]))", "nothing is left"),
    (
        "next finds nothing in a generator",
        "def g():\n    yield next(iter([]))\nlist(g())",
        "A next() within a generator",
    ),
    (
        "a dict changes in its loop",
        "d = {1: 2}\nfor k in d:\n    d[k + 1] = 3",
        "runs over a dictionary while",
    ),
    (
        "a generator serves with only decorated",
        "def f():\n    yield\nwith f():\n    pass",
        "Write @contextmanager",
    ),
    ("a class does not serve with", "with torch.no_grad:\n    pass", "A class stands after `with`"),
    (
        "a context manager yields once",
        "@contextmanager\ndef f():\n    yield\n    yield\nwith f():\n    pass",
        "exactly one `yield`",
    ),
)

VALUES = (
    ("max gives a tuple", "x.max(-1) + 1", "`x.max(-1)` is a tuple. Take one of the two"),
    ("a tuple is joined with a tuple", "x.shape + 1", "one of the two is of type int"),
    ("a list is joined with a list", "sum([x, x], [])", "one of the two is of type Tensor"),
    ("a text is no number", "'step ' + 1", "Put the value into the text"),
    ("a list is not multiplied", "[1.0] * 0.5", "`*` repeats a list"),
    ("a list has no arithmetic", "rows = [1.0]\nrows / 2", "`rows` is a list"),
    ("a list meets a tensor", "rows = [1.0]\nx - rows", "`rows` is a list"),
    ("a list has no shape", "rows = [x]\nrows.shape", "`rows` is a list, not a tensor"),
    (
        "a dict has no dots",
        "config = {'seq': 3}\nconfig.seq",
        "`config` is a dict, and has no `seq`",
    ),
    ("a key is missing", "state = {}\nstate['step']", "`state` has no entry 'step'"),
    ("a list is no key", "{[1]: 2}", "A list can change, so it cannot be a key"),
    ("a tuple is not changed", "sizes = (1, 2)\nsizes[0] = 3", "`sizes` is a tuple"),
    ("a list has one index", "rows = [[1]]\nrows[0, 0]", "`rows` is a list, which takes one index"),
    ("an index is whole", "rows = [1]\nrows[2 / 2]", "The index of a list is a whole number"),
    ("a shape is short", "x.shape[2]", "`x` is (2, 3): it has 2 axes, so `x.shape[2]` asks"),
    ("a list is short", "rows = [1]\nrows[1]", "`rows` has fewer entries than that"),
    ("a list is empty", "rows = []\nrows.pop()", "nothing to take out"),
    ("nothing has no maximum", "max([])", "The sequence given to max() is empty"),
    ("nothing is divided by 0", "count = 0\n1 / count", "`count` is 0"),
    ("whole tensors are not divided by 0", "n // 0", "A tensor of whole numbers is divided by 0"),
    ("a logarithm of 0", "math.log(0)", "no result for this number"),
    ("an exponential overflows", "math.exp(1000)", "above 1.8e308"),
    ("range counts whole numbers", "range(6 / 2)", "Divide with `//`"),
    ("a caret is no power of floats", "2.0 ^ 3", "Write x**3."),
    ("a function calls itself", "def f(x):\n    return f(x)\nf(1)", "calls itself"),
    (
        "a checked function calls itself",
        "@typed\ndef f(x: int) -> int:\n    return f(x)\nf(1)",
        "calls itself",
    ),
    ("a file is not there", "open('nowhere/at/all')", "no file or folder `nowhere/at/all`"),
    ("a lambda is not saved", "pickle.dumps(lambda: 1)", "Only a function that stands at the top"),
    (
        "an inner function is not saved",
        "def f():\n    def g():\n        pass\n    return g\npickle.dumps(f())",
        "Only a function that stands at the top",
    ),
    ("a generator is not copied", "copy.deepcopy(i for i in [1])", "A generator cannot be copied"),
    (
        "JSON knows no tensor",
        "json.dumps({'loss': x})",
        "JSON knows numbers and lists, but no Tensor",
    ),
)

MODULES = (
    (
        "super().__init__() is forgotten",
        "class A(nn.Module):\n    def __init__(self):\n        self.a = nn.Flatten()\nA()",
        "The first line of __init__ is super().__init__().",
    ),
    (
        "super().__init__() is missed when called",
        "class A(nn.Module):\n    def __init__(self):\n        self.a = 1\nA()(x)",
        "The first line of __init__ is super().__init__().",
    ),
    (
        "a parameter is replaced",
        "m = nn.Bilinear(2, 2, 2)\nm.weight = torch.ones(2)",
        "`weight` is registered as a parameter",
    ),
    (
        "a layer is replaced",
        "m = nn.Module()\nm.a = nn.Flatten()\nm.a = x",
        "`a` is the name of a layer",
    ),
    (
        "a buffer is replaced",
        "m = nn.Module()\nm.register_buffer('mask', x)\nm.mask = 3",
        "`mask` is registered as a buffer",
    ),
    (
        "a buffer is registered twice",
        "m = nn.Module()\nm.mask = x\nm.register_buffer('mask', x)",
        "`mask` is an attribute already",
    ),
    ("a list is no layer", "nn.Sequential([nn.Flatten()])", "nn.Sequential(*layers)"),
    (
        "a class is no layer",
        "class Head(nn.Module):\n    pass\nnn.ModuleList([Head])",
        "Write `Head(...)`",
    ),
    ("a function is no layer", "nn.ModuleList([len])", "and len is not a layer"),
    ("a number is no layer", "nn.ModuleList([3])", "and int is not a layer"),
    ("layers come in a list", "nn.ModuleList(nn.Flatten())", "nn.ModuleList([a, b])"),
    ("a ModuleList is not called", "layers = nn.ModuleList()\nlayers(x)", "`layers` only keeps"),
    ("forward is misspelt", "class A(nn.Module):\n    pass\nA()(x)", "A has no method `forward`"),
    ("a layer is no tensor", "norm = nn.Flatten()\nx + norm", "`norm` is a layer, not a tensor"),
    ("a layer is no left operand", "norm = nn.Flatten()\nnorm @ x", "`norm` is a layer"),
    (
        "an attribute is misspelt",
        "m = nn.Module()\nm.q_proj = nn.Flatten()\nm.qproj",
        "`Module` has no `qproj`, but it has `q_proj`",
    ),
    (
        "an attribute was never set",
        "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.up = nn.Flatten()\n        down = nn.Flatten()\nA().down",
        "Nothing set `down` on `A`: it has up. Write self.down = ...",
    ),
    ("a class has no weight", "nn.Bilinear.weight", "Bilinear is a class, and has no `weight`"),
    ("a parameter is a tensor", "nn.Parameter(1.0)", "`1.0` is of type float"),
    (
        "an optimizer has nothing",
        "SGD(nn.Flatten().parameters())",
        "no parameter for the optimizer",
    ),
    (
        "a generator is used up",
        "p = nn.Bilinear(2, 2, 2).parameters()\nlist(p)\nSGD(p)",
        "model.parameters() was used up before",
    ),
    ("an optimizer wants leaves", "SGD([w * 2])", "the result of an operation"),
    ("a parameter is in two groups", "SGD([{'params': [w]}, {'params': [w]}])", "in two groups"),
    ("an optimizer wants a list", "SGD(w)", "Put it into a list"),
    ("an optimizer wants tensors", "SGD([nn.Flatten()])", "model.parameters()"),
    ("parameters have other names", "nn.Flatten().load_state_dict({'w': x})", "of the parameters"),
    (
        "parameters have other sizes",
        "nn.LayerNorm(4).load_state_dict({'weight': x, 'bias': x})",
        "`weight` is (4) in the model and (2, 3) in what is loaded",
    ),
    ("a state dict is a dict", "nn.Flatten().load_state_dict('a.pt')", "and a str came"),
    (
        "a file holds more than weights",
        "f = io.BytesIO()\ntorch.save(nn.Flatten(), f)\nf.seek(0)\ntorch.load(f)",
        "objects of other classes",
    ),
    ("a folder is missing", "torch.save(x, 'nowhere/a.pt')", "The folder nowhere is not there yet"),
)

GRADIENTS = (
    ("a leaf in place", "w += 1", "`w += 1` changes in place a tensor that collects"),
    ("a leaf by a method", "w.mul_(2)", "`w.mul_(2)` changes in place"),
    ("a view of a leaf in place", "w[0] = 1", "`w[0]` writes into part of a tensor"),
    ("what backward needs in place", "y = w.exp()\ny += 1\ny.sum().backward()", "overwritten"),
    ("rows in place", "for row in w * 2:\n    row += 1", "must not be changed in place"),
    (
        "a view without gradient in place",
        "with torch.no_grad():\n    v = w[0]\nv += 1",
        "under torch.no_grad()",
    ),
    ("inference", "with torch.inference_mode():\n    y = x * 2\ny += 1", "Use torch.no_grad()"),
    ("an expanded tensor in place", "y = torch.ones(1).expand(3)\ny += 1", "x.expand(...).clone()"),
    ("backward twice", "y = w.exp().sum()\ny.backward()\ny.backward()", "used up the graph"),
    ("backward of many", "y = w * 2\ny.backward()", "`y` holds several. Reduce it first"),
    ("no graph", "x.sum().backward()", "cut off from its input"),
    ("not in the graph", "torch.autograd.grad(w.sum(), nn.Parameter(x))", "does not depend on"),
    ("numpy", "w.numpy()", "x.detach().numpy()"),
    ("deepcopy", "copy.deepcopy(w * 2)", "x.detach().clone()"),
    ("requires_grad of a result", "(w * 2).requires_grad_(False)", "x.detach()"),
    ("a gradient of another shape", "w.grad = torch.ones(3)", "here (2, 3), and (3) was assigned"),
    ("whole numbers have no gradient", "nn.Parameter(n)", "Only floats have gradients"),
    ("whole numbers ask for one", "n.requires_grad_()", "Only floats have gradients"),
)

DTYPES = (
    ("no answer at all", "if x[:0] > 0:\n    x = -x", "makes one decision, and"),
    ("max of a tensor", "max(x, 0)", "Python's max() makes one decision"),
    ("and", "x > 0 and x < 1", "`and` makes one decision"),
    ("or in an if", "if x.sum() > 99 or x > 0:\n    pass", "`or` makes one decision"),
    ("not", "not x", "`not` makes one decision"),
    ("a chain of comparisons", "0 < x < 1", "`a < b < c` makes one decision"),
    ("if", "if x > 0:\n    pass", "`if` makes one decision, and `x > 0` is a whole tensor"),
    ("while", "while x > 0:\n    pass", "`while` makes one decision"),
    ("a conditional expression", "1 if x > 0 else 0", "`if` makes one decision"),
    ("assert", "assert x > 0", "`assert` makes one decision"),
    ("in", "x in [x + 1]", "`x in [x + 1]` asks a whole tensor for one yes or no"),
    ("1 minus a mask", "1 - (x > 0)", "Turn it round with ~mask"),
    ("minus a mask", "-(x > 0)", "Turn it round with ~mask"),
    ("mask minus mask", "(x > 0) - (x > 1)", "a & ~b"),
    ("a caret is no power", "x ^ 3", "Write x**3."),
    ("and binds strong", "x > 0 & x < 1", "Write brackets"),
    ("not of floats", "~x", "`x` holds floats"),
    ("a mask of numbers", "x.masked_fill(x, 0)", "mask == 0"),
    ("a mask writes one number", "x.masked_fill(x > 0, x)", "torch.where(mask, a, b)"),
    ("a condition of numbers", "torch.where(x, x, x)", "The first argument of where is a mask"),
    ("no infinity in whole numbers", "n.masked_fill(n > 0, -math.inf)", "cannot hold infinity"),
    ("dtypes in a product", "y = x.double()\ny @ w.mT", "`y` is float64 and `w.mT` is float32"),
    (
        "dtypes in a batch",
        "torch.ones(2, 3, 3).double() @ x[:, :, None]",
        "`x[:, :, None]` is float32",
    ),
    (
        "dtypes unknown",
        "def f():\n    return n\nf() @ x.mT",
        "Two tensors of different dtypes meet",
    ),
    ("dtypes in a dot product", "n @ n.float()", "`n` is int64 and `n.float()` is float32"),
    ("dtypes in a matrix and a vector", "x @ n", "`x` is float32 and `n` is int64"),
    ("dtypes in a layer", "nn.functional.linear(n, w.double())", "`n` is int64 and"),
    ("a mean of whole numbers", "n.mean()", "`n` holds whole numbers or booleans"),
    ("torch.mean of whole numbers", "torch.mean(n)", "`n` holds whole numbers or booleans"),
    ("a variance of whole numbers", "n.var()", "`n` holds whole numbers or booleans"),
    ("a norm of whole numbers", "n.norm()", "`n` holds whole numbers or booleans"),
    ("chance of whole numbers", "torch.randn(3, dtype=torch.long)", "dtype Long"),
    ("draws from whole numbers", "torch.multinomial(n, 1)", "multinomial takes probabilities"),
    ("halves in place", "n /= 2", "here Long, and the result is Float"),
    ("another dtype scattered", "x.scatter(1, n[None], n[None])", "src.to(x.dtype)"),
    ("an index of floats gathered", "x.gather(1, x)", "Indices and ids are whole numbers"),
    ("an index of floats selected", "x.index_select(0, x[0])", "Indices and ids are whole"),
    ("one_hot of floats", "F.one_hot(x)", "Indices and ids are whole numbers"),
    ("an embedding of floats", "F.embedding(x, w)", "Indices and ids are whole numbers"),
    ("targets of floats", "F.cross_entropy(x, x[:, 0])", "Indices and ids are whole numbers"),
    ("an index of floats", "x[x]", "compare to get a mask"),
    ("an index that is a float", "x[2 / 2]", "and a float came"),
    ("a slice of floats", "x[: 2 / 2]", "The bounds of a slice"),
    ("an id above its classes", "F.one_hot(n, 2)", "Pass the size of the vocabulary"),
    ("classes on the last axis", "F.cross_entropy(torch.ones(2, 4, 3), n[None, :2].mT)", "or"),
    ("more scores than targets", "F.cross_entropy(x, n)", "There are 2 rows of scores and 3"),
)

SHAPES = (
    (
        "a reduction without keepdim",
        "x - x.mean(-1)",
        "`x.mean(-1)` has no axis for 3. Add one with",
    ),
    ("two axes clash", "y = torch.ones(4, 3)\nx + y", "axis -2, counted from the end, 2 meets 4"),
    (
        "the axes before a product clash",
        "y = torch.ones(5, 4, 3)\nz = torch.ones(2, 3, 4)\ny @ z",
        "of the axes before the last two, 5 meets 2",
    ),
    ("shapes unknown", "def f():\n    return torch.ones(4)\nx + f()", "have 3 and 4 at one axis"),
    (
        "in place the shape stays",
        "y = torch.ones(3)\ny += x",
        "keeps its shape (3), and the result",
    ),
    ("expand to another size", "x.expand(4, 3)", "A tensor of (2, 3) does not spread over (4, 3)"),
    ("a row of another size", "x[0] = torch.ones(2)", "A tensor of (2) does not spread over (3)"),
    ("too many axes for a place", "x[0] = torch.ones(2, 3)", "with 2 axes does not fit into a"),
    ("a new axis has no -1", "x.expand(-1, 2, 3)", "Write the size of a new axis"),
    (
        "a product of rows",
        "x @ w",
        "`x` is (2, 3) and `w` is (2, 3): a product sums over the last axis of the left, 3, and "
        "the last but one of the right, 2. Turned round, `w.mT` would fit.",
    ),
    (
        "a product of batches",
        "y = torch.ones(2, 4, 3)\ntorch.bmm(y, y)",
        "`y` is (2, 4, 3) on both",
    ),
    (
        "a product that no turn saves",
        "x @ torch.ones(4, 5)",
        "Transpose or reshape until these two",
    ),
    ("a product that is turned already", "x @ w.mT.mT", "until these two are the same axis"),
    ("a product with a vector", "x @ torch.ones(4)", "3, and the only one of the right, 4"),
    (
        "a product with an unknown vector",
        "def f():\n    return torch.ones(4)\nx @ f()",
        "sums over the last axis of both sides",
    ),
    (
        "a product of unknowns",
        "def f():\n    return torch.ones(4, 5)\nx @ f()",
        "of the left, 3, and",
    ),
    (
        "a product of unknown batches",
        "def f():\n    return torch.ones(2, 4, 3)\nf() @ f()",
        "over the last axis of the left, 3, and the last but one of the right, 4; all axes before",
    ),
    (
        "a product of unlike numbers of matrices",
        "def f(n):\n    return torch.ones(n, 4, 4)\ntorch.bmm(f(2), f(3))",
        "bmm multiplies as many matrices on the left as on the right, and here these are 2 and 3",
    ),
    ("bmm wants three axes", "torch.bmm(x, x)", "bmm multiplies tensors of three axes"),
    ("mm wants two axes", "torch.mm(torch.ones(2, 3, 4), x.T)", "and mm matrices of two"),
    ("dot wants vectors", "torch.dot(x, x)", "these have 2 and 2 axes"),
    ("a number has no product", "x.sum() @ x", "a tensor without axes"),
    (
        "einsum wants all letters",
        "torch.einsum('bqd->bq', x)",
        "has 2 axes, and the equation gives it 3",
    ),
    ("einsum wants all tensors", "torch.einsum('qd,kd->qk', x)", "and fewer tensors were given"),
    ("a letter has one size", "torch.einsum('qd,dk->qk', x, x)", "The letter d is 3 in one tensor"),
    ("a letter comes from the inputs", "torch.einsum('qd->qk', x)", "The letter k stands in the"),
    ("a letter comes once", "torch.einsum('qd->qq', x)", "The letter q stands in the result"),
    ("letters only", "torch.einsum('q d1->q', x)", "At place 3 the equation has a sign"),
    ("a reshape that does not come out", "x.reshape(4, -1)", "do not fill (4, -1), because"),
    (
        "a reshape to another size",
        "x.view(2, 4)",
        "`x` is (2, 3): these 6 numbers do not fill (2, 4)",
    ),
    ("a reshape of unknowns", "def f():\n    return x\nf().view(2, 4)", "The tensor has 6 numbers"),
    ("a view out of order", "x.mT.view(6)", "Write reshape"),
    ("two sizes left over", "x.view(-1, -1)", "Write out the others"),
    ("a negative size", "x.view(-2, 3)", "A size has come out negative"),
    ("a negative size of a new one", "torch.zeros(2 - 3)", "A size has come out negative"),
    ("sizes of a split", "x.split([1, 3], -1)", "For split they have to add up to its size"),
    ("sizes of unflatten", "x.unflatten(-1, (2, 2))", "for unflatten their product"),
    ("permute names all axes", "x.permute(0, 2, 1)", "and here it names 3 of 2"),
    ("permute names each once", "x.permute(0, 0)", "An axis is named twice"),
    ("t is for matrices", "torch.ones(2, 3, 4).t()", "With more axes .mT"),
    ("mT is for matrices", "n.mT", "write x[:, None]"),
    ("repeat wants all axes", "x.repeat(2)", "Write 1 for an axis that stays"),
    ("tril is for matrices", "torch.tril(n)", "torch.ones(seq, seq)"),
    (
        "an axis that is not there",
        "x.sum(2)",
        "`x` is (2, 3): there is no axis 2, only those from -2",
    ),
    ("an axis of unknowns", "def f():\n    return x\nf().sum(2)", "There is no axis 2 here"),
)

INDICES = (
    (
        "cat joins along one axis",
        "torch.cat([x, torch.ones(2, 4)])",
        "one is 3, in entry 1 (from 0)",
    ),
    ("cat wants equal axes", "torch.cat([x, n])", "and here are 2 and 1"),
    ("stack wants equal shapes", "torch.stack([x, x.T])", "entry 0 is (2, 3), entry 1 (3, 2)"),
    ("cat of nothing", "torch.cat([])", "nothing to join"),
    (
        "stack of what is used up",
        "p = iter([x])\nlist(p)\ntorch.stack([q for q in p])",
        "can be gone through once",
    ),
    ("cat of numbers", "torch.cat([x.sum(), x.sum()])", "Use torch.stack."),
    (
        "gather wants all axes",
        "ids = torch.tensor([0, 1])\nx.gather(-1, ids)",
        "`x` is (2, 3) and `ids` is (2,): an index needs as many axes",
    ),
    ("gather wants all axes of it", "x.gather(-1, torch.tensor([0, 1]))", "The index needs as"),
    (
        "an index that is too long",
        "x.gather(1, n[:, None])",
        "The index (3, 1) may be larger than the tensor",
    ),
    ("an index that is not there", "x[2]", "Axis 0 has 2 entries, counted from 0, and entry 2"),
    ("an id that is not there", "x.gather(1, torch.tensor([[-1]]))", "and entry -1 was asked for"),
    (
        "a row that is not there",
        "x.index_select(0, n)",
        "An id is below 0, or not below the number",
    ),
    (
        "a class that is not there",
        "F.cross_entropy(x, n[1:] * 7)",
        "An id is below 0, or not below",
    ),
    ("too many indices", "x[0, 0, 0]", "`x` is (2, 3): it has 2 axes, and more indices"),
    ("too many indices of unknowns", "def f():\n    return x\nf()[0, 0, 0]", "tensor has axes, 2"),
    ("an index of text", "x['loss']", "A tensor is indexed by numbers, and a text stands"),
    ("an index of one letter", "x['y']", "A tensor is indexed by numbers, and a text stands"),
    ("an index of a number", "x[0, 0][0]", "`x[0, 0]` is a tensor without axes"),
    ("a slice of a number", "loss = x.sum()\nloss[:1]", "`loss` is a tensor without axes"),
    ("a mask of another shape", "x[n > 0]", "(3) does not fit (2, 3) from axis 0 on"),
    ("pairs of indices", "x[n[:2], n]", "[2], [3] do not broadcast"),
    ("a value of another shape", "x[x > 0] = torch.ones(2)", "(5), and (2) is written into it"),
    ("backwards", "x[::-1]", "Use x.flip(0)."),
    ("more than there is", "x.topk(4)", "min(k, x.size(-1))"),
    ("the largest of nothing", "x[:0].amax(0)", "There are no numbers to take the largest"),
    ("the largest of nothing at all", "x[:0].max()", "There are no numbers to take the largest"),
)

TORCH = (
    (
        "an attribute of a pair",
        "x.max(-1).exp()",
        "max gives a pair of values and indices, and `x.max(-1)`",
    ),
    (
        "a pair on the left",
        "x.min(-1) - 1",
        "min gives a pair of values and indices, and `x.min(-1)`",
    ),
    (
        "a pair on the right",
        "x - x.max(-1)",
        "and `x.max(-1)` is one. Take one of the two, .values",
    ),
    (
        "a pair compared",
        "x < x.topk(2)",
        "topk gives a pair of values and indices, and `x.topk(2)`",
    ),
    ("a pair as an argument", "torch.exp(x.sort(-1))", "sort gives a pair of values and indices."),
    ("math.sqrt", "math.sqrt(x)", "math.sqrt takes one number, and `x` is a tensor of several."),
    ("math.tanh", "math.tanh(0.5 * x)", "torch.tanh(x) or x.tanh() works on each"),
    ("float()", "float(x)", "write x.float()"),
    ("int()", "int(x)", "write x.long()"),
    ("a tensor of tensors", "torch.tensor([x, x])", "torch.stack joins them along a new axis"),
    ("item of many", "x.item()", "and `x` has more or none"),
    ("pow of many", "math.pow(x, 2)", "The functions of `math` take one number"),
    ("range of a tensor", "range(x)", "Take one with int()"),
    ("math of a list", "math.sqrt([1, 2])", "`[1, 2]` is of type list"),
    ("round", "round(x)", "write x.round()"),
    ("a format", "f'{x:.2f}'", "Take the number out: x.item()"),
    ("astype", "x.astype(float)", "Write x.float(), x.long()"),
    ("a method is misspelt", "x.unsqeeze(0)", "There is no `unsqeeze` on `x`; the nearest name is"),
    ("a function is misspelt", "torch.onse(2)", "the nearest name is `ones`"),
    (
        "a number has no shape",
        "count = 3\ncount.shape",
        "`count` is one Python number, not a tensor",
    ),
    ("two devices", "x + torch.ones(3, device='meta')", "device=x.device"),
    ("a seed is no generator", "torch.rand(3, generator=42)", "torch.Generator().manual_seed(0)"),
    (
        "a seed draws nothing",
        "torch.multinomial(x, 1, generator=42)",
        "takes a generator, not a seed",
    ),
    ("a state of a generator", "torch.Generator().set_state(x)", "get_state()"),
    ("nothing to draw", "torch.multinomial(x * 0, 1)", "sums to 0"),
    ("scores are no probabilities", "torch.multinomial(x - 9, 1)", "Scores have to go through a"),
    (
        "NaN is no probability",
        "torch.multinomial(x / 0, 1)",
        "NaN comes from rows that are all -inf",
    ),
    ("more draws than entries", "torch.multinomial(x, 4)", "say replacement=True"),
    ("draws from a batch of rows", "torch.multinomial(torch.ones(2, 3, 4), 1)", "such as x[:, -1]"),
    ("a bound below", "torch.randint(3, 2, (1,))", "no whole number from 3 to below 2"),
    ("a probability above 1", "x.bernoulli_(2.0)", "lies between 0 and 1"),
    ("probabilities above 1", "torch.bernoulli(x)", "lies between 0 and 1"),
)

ARGUMENTS = (
    ("torch.exp of a number", "torch.exp(2.0)", "`2.0` is one Python number. Use math.exp"),
    ("a number is no tensor", "torch.maximum(x, 0)", "`0` is of type int"),
    ("a list is no tensor", "torch.exp([1.0])", "`[1.0]` is of type list"),
    (
        "a layer as an argument",
        "norm = nn.Flatten()\ntorch.exp(norm)",
        "`norm` is an object of the",
    ),
    ("cat without a list", "torch.cat(x, x)", "([a, b], dim=...)"),
    ("cat without a list and an axis", "torch.cat(x, x, -1)", "([a, b], dim=...)"),
    ("stack without a list", "torch.stack(x, dim=0)", "([a, b], dim=...)"),
    ("stack of a generator", "torch.stack(y for y in [x])", "and a generator came"),
    ("cat of None", "torch.cat([x, None])", "Entry 1 of the list (from 0) is None"),
    ("cat of floats", "torch.stack([1.0])", "its entry 0 (from 0) is of type float"),
    ("PyTorch's softmax", "torch.softmax(x)", "Say dim=-1."),
    ("transpose wants both axes", "x.transpose(1)", "x.transpose(-2, -1)"),
    ("transpose wants no more", "x.transpose(0, 2, 1)", "To reorder more, use permute"),
    ("PyTorch needs an argument", "x.cumsum()", 'PyTorch\'s cumsum also needs "dim"'),
    ("keepdim without an axis", "x.sum(keepdim=True)", "Name it, too"),
    ("a dtype is no text", "torch.ones(2, dtype='float')", "Write dtype=torch.float32"),
    ("a dtype is no device", "x.to('float')", "For a dtype write x.float()"),
    ("a size is whole", "x.view(2, 6 / 2)", "Divide with `//`"),
    ("an axis is whole", "x.amax(2 / 2)", "Divide with `//`"),
    ("k is whole", "x.topk(4 / 2)", "Divide with `//`"),
    ("sizes in a tuple among others", "x.view(2, (3, 1))", "x.view(*sizes, 3)"),
    ("one size", "torch.full(3, 1.0)", "(n,)"),
    ("the first size is whole", "x.reshape(6 / 2, 2)", "Not all of the sizes given to reshape"),
    ("numbers in a list", "torch.tensor(1.0, 2.0)", "torch.tensor([1.0, 2.0])"),
    ("rows of one length", "torch.tensor([[1, 2], [3]])", "here are rows of length 2 and 1"),
    ("None among numbers", "torch.tensor([None])", "There is a None among the numbers"),
    ("a gradient is None in a call", "x.lerp(w.grad, 0.1)", "The gradient is None"),
    ("None among arguments", "y = None\nx.lerp(y, 0.1)", "One of the arguments of lerp is None"),
    (
        "arguments that no form takes",
        "x.clamp(minimum=0)",
        "clamp cannot be called with (minimum=int",
    ),
)

CASES = (
    *(*NAMES, *PYTHON, *VALUES, *MODULES, *GRADIENTS),
    *(*DTYPES, *SHAPES, *INDICES, *TORCH, *ARGUMENTS),
)
