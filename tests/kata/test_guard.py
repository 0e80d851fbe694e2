"""Milestone code is stopped where PyTorch would do its exercise's work; everything else is free.

pytest tests/kata/test_guard.py
"""

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from kata.course.curriculum import milestone
from kata.testing.guard import NotFromScratch, guarded
from tests.kata.learner import Finished, Room, line_named, once

pytestmark = pytest.mark.timeout(180)

PREAMBLE = """
import functools, torch
from torch import nn
from torch.nn import functional as F
from torch.nn.functional import softmax as helper
alias = torch.softmax
partial = functools.partial(F.linear, bias=None)
layer = nn.Linear(4, 4)
x, w, b = torch.ones(4, 4), torch.ones(4, 4), torch.ones(4)
ids = torch.tensor([0, 1, 2, 3])
def work():
    return {}
"""


def evaluate(expression: str, module: str = "milestones.m01_mlp.mine") -> object:
    """The expression's value, as computed by a function of that module, with the guard up."""
    names = {"__name__": module}
    exec(compile(PREAMBLE.format(expression), "/learner/mine.py", "exec"), names)
    with guarded(milestone("m01"), "MLP"):
        return names["work"]()


STOPPED = {
    "torch.softmax(x, -1)": "softmax",
    "F.softmax(x, -1)": "softmax",
    "x.softmax(-1)": "softmax",
    "torch.Tensor.softmax(x, -1)": "softmax",
    "torch.special.softmax(x, -1)": "softmax",
    "torch.ops.aten.softmax(x, -1)": "softmax",
    "torch.ops.aten.softmax.int(x, -1)": "softmax",
    "torch.ops.aten._softmax(x, -1, False)": "softmax",
    "torch._softmax(x, -1, False)": "softmax",
    "nn.Softmax(-1)(x)": "softmax",
    "F.log_softmax(x, -1).exp()": "log_softmax",
    "torch.log_softmax(x, -1)": "log_softmax",
    "x.log_softmax(-1)": "log_softmax",
    "torch.special.log_softmax(x, -1)": "log_softmax",
    "nn.LogSoftmax(-1)(x)": "logsoftmax",
    "torch.logsumexp(x, -1)": "logsumexp",
    "x.logsumexp(-1)": "logsumexp",
    "torch.special.logsumexp(x, -1)": "logsumexp",
    "F.softmin(-x, -1)": "softmin",
    "F.cross_entropy(x, ids)": "cross_entropy",
    "nn.CrossEntropyLoss()(x, ids)": "crossentropyloss",
    "F.nll_loss(x, ids)": "nll_loss",
    "torch._C._nn.nll_loss(x, ids)": "nll_loss",
    "nn.NLLLoss()(x, ids)": "nllloss",
    "F.relu(x)": "relu",
    "F.relu(x, inplace=True)": "relu",
    "torch.relu(x)": "relu",
    "torch.relu_(x)": "relu",
    "x.relu()": "relu",
    "x.relu_()": "relu",
    "nn.functional.relu(x)": "relu",
    "nn.ReLU()(x)": "relu",
    "F.gelu(x, approximate='tanh')": "gelu",
    "torch._C._nn.gelu(x)": "gelu",
    "torch.ops.aten.gelu(x)": "gelu",
    "nn.GELU('tanh')(x)": "gelu",
    "F.linear(x, w, b)": "linear",
    "torch._C._nn.linear(x, w)": "linear",
    "nn.Linear(4, 4)": "linear",
    "nn.modules.linear.Linear(4, 4)": "linear",
    "nn.LazyLinear(4)": "lazylinear",
    "nn.Sequential(nn.Linear(4, 4), nn.ReLU())(x)": "linear",
    "nn.MultiheadAttention(4, 1)": "linear",
    "layer(x)": "linear",
    "layer.forward(x)": "linear",
    "F.embedding(ids, w)": "embedding",
    "nn.Embedding(4, 2)(ids)": "embedding",
    "helper(x, -1)": "softmax",
    "alias(x, -1)": "softmax",
    "partial(x, w)": "linear",
    "functools.partial(torch.softmax, dim=-1)(x)": "softmax",
    "getattr(torch, 'soft' + 'max')(x, -1)": "softmax",
    "getattr(x, 'relu')()": "relu",
    "[torch.softmax(row, 0) for row in x]": "softmax",
    "list(map(torch.relu, x))": "relu",
    "(lambda: F.gelu(x))()": "gelu",
    "type('Mine', (nn.Linear,), {})(4, 4)": "linear",
    "torch.func.vmap(torch.relu)(x)": "relu",
}


@pytest.mark.parametrize("expression", STOPPED)
def test_milestone_code_is_stopped_with_the_name_of_the_call(expression: str) -> None:
    with pytest.raises(NotFromScratch) as stopped:
        evaluate(expression)
    place, _, rest = str(stopped.value).partition(" calls PyTorch's ")
    assert place == "/learner/mine.py:12"
    assert rest.partition(".")[0].lower() == STOPPED[expression]


@pytest.mark.parametrize(
    ("expression", "own"),
    [
        ("torch.softmax(x, -1)", "softmax"),
        ("F.cross_entropy(x, ids)", "cross_entropy"),
        ("nn.ReLU()", "relu"),
        ("F.linear(x, w)", "Linear"),
        ("nn.Linear(4, 4)", "Linear"),
        ("F.embedding(ids, w)", "Embedding"),
    ],
)
def test_what_is_built_elsewhere_is_to_be_used(expression: str, own: str) -> None:
    with pytest.raises(NotFromScratch, match=rf"Use your own {own}\."):
        evaluate(expression)


def test_what_is_being_built_is_to_be_written_from_plain_operations() -> None:
    names = {"__name__": "milestones.m01_mlp.mine"}
    exec(compile(PREAMBLE.format("torch.softmax(x, -1)"), "/learner/mine.py", "exec"), names)
    with (
        pytest.raises(NotFromScratch, match="softmax is what you are building: write it from"),
        guarded(milestone("m01"), "softmax"),
    ):
        names["work"]()


@pytest.mark.parametrize("expression", STOPPED)
def test_a_test_may_use_the_same_call_as_an_oracle(expression: str) -> None:
    evaluate(expression, module="tests.m01_mlp.test_MLP")


@pytest.mark.parametrize(
    "expression",
    [
        "w[ids]",
        "w[ids, 0] + b",
        "x @ w.T + b",
        "torch.matmul(x, w)",
        "torch.einsum('ij,kj->ik', x, w)",
        "torch.addmm(b, x, w)",
        "x.exp() / x.exp().sum(-1, keepdim=True)",
        "x.log().mean()",
        "(x - x.amax(-1, keepdim=True)).max(-1).values",
        "torch.where(x > 0, x, 0)",
        "x.clamp(min=0)",
        "torch.maximum(x, torch.zeros(()))",
        "x * (x > 0)",
        "torch.tanh(x) * torch.sigmoid(x) * torch.erf(x)",
        "x.gather(-1, ids.unsqueeze(-1))",
        "torch.stack([x, w]).sum(0)",
        "torch.cat([x, w], -1).reshape(-1).view(4, 8)",
        "w.index_select(0, ids)",
        "torch.nn.functional.one_hot(ids, 4).float() @ w",
        "nn.Parameter(torch.empty(2, 2).uniform_(-1, 1))",
        "nn.init.uniform_(nn.Parameter(torch.empty(2, 2)))",
        "nn.init.normal_(torch.empty(2, 2))",
        "nn.ModuleList([nn.Module()])",
        "nn.Sequential(nn.Identity(), nn.Flatten())(x)",
        "torch.multinomial(x, 1)",
        "F.pad(x, (1, 0))",
    ],
)
def test_plain_tensor_operations_are_free(expression: str) -> None:
    evaluate(expression)


def test_what_an_earlier_milestone_built_is_earned_later() -> None:
    evaluate("torch.softmax(x, -1)", module="milestones.m99_later.mine")


def test_the_guard_is_down_after_the_block() -> None:
    before = nn.Linear.__init__
    with pytest.raises(NotFromScratch):
        evaluate("nn.Linear(4, 4)")
    assert nn.Linear.__init__ is before


def test_a_gradient_through_the_oracles_is_free() -> None:
    with guarded(milestone("m01"), "MLP"):
        x = torch.ones(2, 3, requires_grad=True)
        F.cross_entropy(nn.Linear(3, 4)(F.relu(x)), torch.tensor([0, 1])).backward()
        assert x.grad is not None


# From end to end


@pytest.fixture
def borrowed(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Everything comes from PyTorch, by one way or another."""

    def shortcut(folder: Path) -> Finished:
        room = Room.furnished(folder / "tree")
        room.begin(
            "functions.py", "import torch", "from torch.nn.functional import softmax as help"
        )
        room.edit("functions.py", "\n\ndef relu", "\nown = torch.nn.GELU('tanh')\n\n\ndef relu")
        room.body("relu", "return getattr(x, 'relu')()")
        room.body("gelu", "return own(x)")
        room.body("softmax", "return help(x, dim)")
        room.edit("layers.py", "class Linear(nn.Module)", "class Linear(nn.Linear)")
        room.edit("__init__.py", "layers import Embedding, Linear", "layers import Linear")
        room.edit("__init__.py", "\n__all__", "from torch.nn import Embedding\n\n__all__")
        room.body("MLP.__init__", "super().__init__()", "self.up = nn.Linear(d_model, d_hidden)")
        room.body("cross_entropy", "return -(logits.softmax(-1).log()[0, targets]).mean()")
        return room.run()

    return once("borrowed", tmp_path_factory, shortcut)


@pytest.mark.parametrize(
    ("exercise", "name", "line"),
    [
        ("relu", "relu", "return getattr(x, 'relu')()"),
        ("gelu", "gelu", "return own(x)"),
        ("softmax", "softmax", "return help(x, dim)"),
        ("cross_entropy", "softmax", "return -(logits.softmax(-1).log()[0, targets]).mean()"),
        ("MLP", "Linear", "self.up = nn.Linear(d_model, d_hidden)"),
    ],
)
def test_a_shortcut_makes_every_test_fail_with_its_line(
    borrowed: Finished, exercise: str, name: str, line: str
) -> None:
    (problem,) = borrowed.problems(exercise)
    assert f"calls PyTorch's {name}. " in problem
    assert line_named(problem) == line


def test_a_layer_that_inherits_from_pytorchs_is_not_built(borrowed: Finished) -> None:
    (problem,) = borrowed.problems("Linear")
    assert problem.endswith(
        "`Linear` inherits from torch.nn.Linear: inherit from nn.Module and build it yourself"
    )


def test_pytorchs_own_layer_handed_on_is_not_built(borrowed: Finished) -> None:
    (problem,) = borrowed.problems("Embedding")
    assert problem.endswith("m01_mlp/__init__.py is not defined in your code: build it yourself")


def test_shortcuts_are_red_and_no_tracebacks(borrowed: Finished) -> None:
    assert borrowed.code == 1
    assert "green" not in borrowed.states.values()
    assert "Traceback" not in borrowed.output + borrowed.errors


OPTIMISED = {
    "torch.optim.AdamW([w], lr=0.1)": "AdamW",
    "torch.optim.Adam([w], decoupled_weight_decay=True)": "Adam",
    "nn.utils.clip_grad_norm_([leaf], 1.0)": "clip_grad_norm",
    "nn.utils.get_total_norm([w])": "get_total_norm",
    "torch.optim._functional.adamw([w], [w], [w], [w], [], [b[0]], amsgrad=False, beta1=0.9, "
    "beta2=0.99, lr=0.1, weight_decay=0.1, eps=1e-8, maximize=False)": "adamw",
    "torch.optim.lr_scheduler.ExponentialLR(torch.optim.SGD([leaf], lr=0.1), 0.9)": "ExponentialLR",
    "torch.optim.lr_scheduler.OneCycleLR(torch.optim.SGD([leaf], lr=0.1), 1, 9)": "OneCycleLR",
}


@pytest.mark.parametrize(("expression", "name"), OPTIMISED.items(), ids=OPTIMISED.values())
def test_the_optimizer_the_clipping_and_the_schedules_of_torch_are_stopped(expression, name):
    names = {"__name__": "milestones.m07_trainer.mine"}
    leaf = "leaf = torch.ones(3, requires_grad=True)\nleaf.sum().backward()\n"
    preamble = PREAMBLE.replace("def work", f"{leaf}def work")
    exec(compile(preamble.format(expression), "/learner/mine.py", "exec"), names)
    with guarded(milestone("m07"), "Trainer"), pytest.raises(NotFromScratch, match=f"'s {name}\\."):
        names["work"]()


def test_a_schedule_may_be_a_formula_of_its_own_in_pytorchs_frame() -> None:
    names = {"__name__": "milestones.m07_trainer.mine"}
    own = "torch.optim.lr_scheduler.LambdaLR(torch.optim.SGD([leaf], lr=0.2), lambda step: 0.5)"
    preamble = PREAMBLE.replace("def work", "leaf = torch.ones(3)\ndef work")
    exec(compile(preamble.format(own), "/learner/mine.py", "exec"), names)
    with guarded(milestone("m07"), "lr_range_test"):
        assert names["work"]().get_last_lr() == [0.1]


def test_an_optimizer_that_is_handed_over_may_step() -> None:
    names = {"__name__": "milestones.m07_trainer.mine"}
    exec(compile("def work(optimizer): optimizer.step()", "/learner/mine.py", "exec"), names)
    leaf = torch.ones(3, requires_grad=True)
    leaf.sum().backward()
    with guarded(milestone("m07"), "train_step"):
        names["work"](torch.optim.SGD([leaf], lr=0.1))
    assert leaf.tolist() == pytest.approx([0.9] * 3)
