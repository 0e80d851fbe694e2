"""save_checkpoint writes all that training needs to go on, or leaves the file that was there.

pytest tests/m07_trainer/test_save_checkpoint.py
"""

import copy
import pickle

import pytest
import torch
from torch import nn

from kata import check
from milestones.m07_trainer import save_checkpoint


def trained():
    """A model with a buffer and a frozen weight, and an optimizer with momentum, after a step."""
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    model[0].load_state_dict(check.random_state(model[0], seed=0))
    model[0].bias.requires_grad_(False)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], 0.1, 0.9)
    model(check.randn(5, 3, seed=1)).square().sum().backward()
    optimizer.step()
    return model, optimizer


def used_generator(draws=3):
    generator = torch.Generator().manual_seed(11)
    torch.rand(draws, generator=generator)
    return generator


def saved(path, step=7):
    model, optimizer = trained()
    save_checkpoint(path, model, optimizer, step, used_generator())
    return torch.load(path, weights_only=True)


ENTRIES = ["generator", "model", "optimizer", "rng", "step"]


def test_it_has_the_five_entries(tmp_path):
    found = saved(tmp_path / "one.pt")
    check.equal([name for name in ENTRIES if name in found], ENTRIES)


def test_the_model_is_in_it_with_its_buffers(tmp_path):
    model, _ = trained()
    found = saved(tmp_path / "one.pt").get("model", {})
    check.equal(sorted(found), sorted(model.state_dict()))
    for name, value in model.state_dict().items():
        check.close(found.get(name), value)


def test_the_optimizer_is_in_it_with_its_momentum(tmp_path):
    _, optimizer = trained()
    found = saved(tmp_path / "one.pt").get("optimizer", {})
    check.equal(found.get("param_groups"), optimizer.state_dict()["param_groups"])
    for i, state in optimizer.state_dict()["state"].items():
        its_state = found.get("state", {}).get(i, {})
        check.close(its_state.get("momentum_buffer"), state["momentum_buffer"])


def test_the_step_is_in_it(tmp_path):
    check.equal(saved(tmp_path / "one.pt", step=41).get("step"), 41)


def test_the_generator_is_in_it_where_it_has_come_to(tmp_path):
    found = saved(tmp_path / "one.pt").get("generator")
    check.close(found, used_generator().get_state())


def test_pytorchs_own_random_state_is_in_it(tmp_path):
    model, optimizer = trained()
    before = torch.get_rng_state()
    save_checkpoint(tmp_path / "one.pt", model, optimizer, 7, used_generator())
    found = torch.load(tmp_path / "one.pt", weights_only=True).get("rng")
    check.close(found, before)


def test_to_save_changes_nothing(tmp_path):
    model, optimizer = trained()
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    generator, rng = used_generator(), torch.get_rng_state()
    save_checkpoint(tmp_path / "one.pt", model, optimizer, 7, generator)
    for one, other in zip(before[0].values(), model.state_dict().values(), strict=True):
        check.close(other, one)
    check.equal(len(optimizer.state_dict()["state"]), len(before[1]["state"]))
    check.equal(model.training, True)
    check.equal(torch.equal(generator.get_state(), used_generator().get_state()), True)
    check.equal(torch.equal(torch.get_rng_state(), rng), True)


def test_it_is_the_only_file_and_has_the_name_that_was_asked_for(tmp_path):
    saved(str(tmp_path / "one.ckpt"))
    check.equal([file.name for file in tmp_path.iterdir()], ["one.ckpt"])


@pytest.mark.parametrize("folder", ["m07", "runs/m07"])
def test_the_folder_is_made(tmp_path, folder):
    path = tmp_path / folder / "one.pt"
    try:
        saved(path)
    except NotImplementedError:
        raise
    except (OSError, RuntimeError):  # open and torch.save refuse in their own ways
        pass
    check.equal(path.exists(), True, hint="The folder is made where it is missing.")


def test_a_later_one_takes_its_place(tmp_path):
    saved(tmp_path / "one.pt", step=3)
    check.equal(saved(tmp_path / "one.pt", step=9).get("step"), 9)


class FullDisk(torch.optim.SGD):
    """Its state cannot be written: as a full disk, it ends torch.save in the middle."""

    def state_dict(self):
        return {"state": {}, "param_groups": [lambda: None]}


def cut_short(path):
    model, _ = trained()
    save_checkpoint(path, model, FullDisk(model.parameters(), 0.1), 99, used_generator())


def test_one_cut_short_leaves_the_good_one(tmp_path):
    saved(tmp_path / "one.pt", step=3)
    check.equal(refused(tmp_path / "one.pt"), True)
    try:
        step = torch.load(tmp_path / "one.pt", weights_only=True).get("step")
    except (OSError, RuntimeError, pickle.UnpicklingError):
        step = "the file cannot be read any more"
    check.equal(step, 3)


def test_one_cut_short_leaves_no_other_file(tmp_path):
    saved(tmp_path / "one.pt", step=3)
    check.equal(refused(tmp_path / "one.pt"), True)
    check.equal(len(list(tmp_path.iterdir())), 1)


def refused(path):
    """Whether the error of a checkpoint cut short came through."""
    try:
        cut_short(path)
    except (AttributeError, TypeError, pickle.PicklingError):
        return True
    return False
