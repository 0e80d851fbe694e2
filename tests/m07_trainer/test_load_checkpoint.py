"""load_checkpoint puts everything back, or, for another model, nothing.

pytest tests/m07_trainer/test_load_checkpoint.py
"""

import copy
import os
from unittest import mock

import pytest
import torch
from torch import nn

from kata import check
from kata.testing.elsewhere import elsewhere
from milestones.m07_trainer import load_checkpoint


def start(seed=0, width=4, kind=nn.Linear):
    model = nn.Sequential(kind(3, width), nn.BatchNorm1d(width), nn.Dropout(0.5))
    state = check.random_state(model[0], seed=seed)
    model[0].load_state_dict(state)
    return model, torch.optim.SGD(model.parameters(), 0.1, 0.9)


def train(model, optimizer, generator, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.randn(5, 3, generator=generator)).square().sum().backward()
        optimizer.step()


def write(path, model, optimizer, step, generator):
    """A checkpoint as save_checkpoint documents it."""
    checkpoint = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "generator": generator.get_state(),
        "rng": torch.get_rng_state(),
    }
    torch.save(checkpoint, path)


def written(path, draws=5):
    """A checkpoint after three steps, and what was in it."""
    model, optimizer = start()
    generator = torch.Generator().manual_seed(1)
    train(model, optimizer, generator, 3)
    torch.rand(draws)
    write(path, model, optimizer, 3, generator)
    return model, optimizer, generator, torch.get_rng_state()


def test_the_weights_and_buffers_come_back(tmp_path):
    right, *_ = written(tmp_path / "one.pt")
    model, optimizer = start(seed=9)
    load_checkpoint(tmp_path / "one.pt", model, optimizer, torch.Generator())
    for name, value in right.state_dict().items():
        check.close(model.state_dict()[name], value)


def test_the_optimizer_comes_back(tmp_path):
    _, right, *_ = written(tmp_path / "one.pt")
    model, optimizer = start(seed=9)
    optimizer.param_groups[0]["lr"] = 7.0
    load_checkpoint(tmp_path / "one.pt", model, optimizer, torch.Generator())
    check.equal(optimizer.state_dict()["param_groups"], right.state_dict()["param_groups"])
    check.equal(len(optimizer.state_dict()["state"]), 4)
    for i, state in right.state_dict()["state"].items():
        found = optimizer.state_dict()["state"][i]["momentum_buffer"]
        check.close(found, state["momentum_buffer"])


def test_the_step_is_returned(tmp_path):
    written(tmp_path / "one.pt")
    check.equal(load_checkpoint(str(tmp_path / "one.pt"), *start(), torch.Generator()), 3)


def test_the_generator_comes_back(tmp_path):
    *_, right, _ = written(tmp_path / "one.pt")
    generator = torch.Generator().manual_seed(5)
    load_checkpoint(tmp_path / "one.pt", *start(), generator)
    check.close(torch.rand(3, generator=generator), torch.rand(3, generator=right))


def test_pytorchs_own_random_state_comes_back(tmp_path):
    written(tmp_path / "one.pt")
    expected = torch.rand(3)
    load_checkpoint(tmp_path / "one.pt", *start(), torch.Generator())
    check.close(torch.rand(3), expected)


def test_training_goes_on_as_if_it_had_never_stopped(tmp_path):
    model, optimizer, generator, rng = written(tmp_path / "one.pt")
    train(model, optimizer, generator, 3)
    again, its_optimizer = start(seed=9)
    torch.rand(3)
    its_generator = torch.Generator()
    load_checkpoint(tmp_path / "one.pt", again, its_optimizer, its_generator)
    # Set here too, so that this test tells of the rest where the random state does not come back.
    torch.set_rng_state(rng)
    train(again, its_optimizer, its_generator, 3)
    for name, value in model.state_dict().items():
        check.close(again.state_dict()[name], value, rtol=1e-7, atol=1e-9)


def test_a_checkpoint_of_a_gpu_can_be_read_without_one(tmp_path):
    with mock.patch("torch.serialization.location_tag", return_value="cuda:0"):
        right, *_ = written(tmp_path / "one.pt")
    model, optimizer = start(seed=9)
    try:
        load_checkpoint(tmp_path / "one.pt", model, optimizer, torch.Generator())
    except NotImplementedError:
        raise
    except (RuntimeError, TypeError):  # without map_location; with a GPU, what comes of that
        pass
    for name, value in right.state_dict().items():
        check.close(
            model.state_dict()[name],
            value,
            hint="A file of a GPU, read onto the CPU.",
        )


def test_a_model_on_another_device_gets_its_weights_there(tmp_path):
    right, *_ = written(tmp_path / "one.pt")

    def loaded(model):
        optimizer = torch.optim.SGD(model.parameters(), 0.1, 0.9)
        step = load_checkpoint(tmp_path / "one.pt", model, optimizer, torch.Generator())
        return step, model[0].weight.detach()

    step, weight = elsewhere(loaded, start(seed=9)[0])
    check.equal(step, 3)
    check.close(weight, right[0].weight)


def state_of(model, optimizer, generator):
    state = (model.state_dict(), optimizer.state_dict(), generator.get_state())
    return copy.deepcopy((*state, torch.get_rng_state()))


def unchanged(path, model, optimizer, kind=ValueError, names=()):
    """Loading is refused, and model, optimizer, generator and random state are as they were."""
    generator = torch.Generator().manual_seed(5)
    weights, settings, draws, rng = state_of(model, optimizer, generator)
    check.raises(kind, load_checkpoint, path, model, optimizer, generator, names=names)
    after, its_settings, its_draws, its_rng = state_of(model, optimizer, generator)
    for name, value in weights.items():
        check.close(after[name], value, hint="Where it is refused, nothing has changed.")
    check.equal(len(its_settings["state"]), len(settings["state"]))
    same = (torch.equal(draws, its_draws), torch.equal(rng, its_rng))
    check.equal(same, (True, True))


def test_a_model_of_other_sizes_is_refused_and_both_shapes_are_named(tmp_path):
    written(tmp_path / "one.pt")
    torch.rand(3)
    other = start(seed=9, kind=lambda _, width: nn.Linear(5, width))  # one shape alone differs
    unchanged(tmp_path / "one.pt", *other, names=[4, 3, 5])


def test_a_model_that_differs_at_its_end_alone_is_refused_untouched(tmp_path):
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    write(tmp_path / "one.pt", model, optimizer, 3, torch.Generator())
    other = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 5))
    its_optimizer = torch.optim.SGD(other.parameters(), 0.1)
    unchanged(tmp_path / "one.pt", other, its_optimizer, names=[2, 5])


@pytest.mark.parametrize("here", ["less", "more"])
def test_a_model_with_other_parameters_is_refused(tmp_path, here):
    small, large = nn.Linear(3, 4, bias=False), nn.Linear(3, 4)
    ours, theirs = (small, large) if here == "less" else (large, small)
    optimizers = [torch.optim.SGD([model.weight], 0.1) for model in (ours, theirs)]
    write(tmp_path / "one.pt", theirs, optimizers[1], 3, torch.Generator())
    unchanged(tmp_path / "one.pt", ours, optimizers[0])


def test_an_optimizer_of_other_groups_is_refused(tmp_path):
    written(tmp_path / "one.pt")
    model, _ = start(seed=9)
    groups = [{"params": [p]} for p in model.parameters()]
    unchanged(tmp_path / "one.pt", model, torch.optim.SGD(groups, 0.1))


class Code:
    """What runs when it is unpickled: it makes a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_file_that_would_run_code_is_refused(tmp_path):
    torch.save({"model": Code(tmp_path / "made"), "step": 1}, tmp_path / "evil.pt")
    try:
        load_checkpoint(tmp_path / "evil.pt", *start(), torch.Generator())
    except NotImplementedError:
        raise
    except Exception:
        ran = (tmp_path / "made").exists()
    else:
        ran = "no error at all"
    check.equal(ran, False, hint="The file made a folder while it was read.")


def test_reading_leaves_the_file_alone(tmp_path):
    written(tmp_path / "one.pt")
    before = (tmp_path / "one.pt").read_bytes()
    load_checkpoint(tmp_path / "one.pt", *start(), torch.Generator())
    check.equal((tmp_path / "one.pt").read_bytes() == before, True)
