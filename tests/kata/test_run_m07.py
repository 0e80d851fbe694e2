"""What a learner sees who runs milestone 7, alone and with two processes.

pytest tests/kata/test_run_m07.py
"""

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from kata import trees
from kata.curriculum import ROOT
from tests.kata import processes, runs

pytestmark = pytest.mark.timeout(400)  # each run starts Python and PyTorch anew

TEXT = "The quick brown fox jumps over the lazy dog, and the dog sleeps on. " * 300


def command(folder: Path, *arguments: str) -> list[str]:
    (folder / "text.txt").write_text(TEXT, "utf-8")
    text = ("--corpus", str(folder / "text.txt"))
    return ["-m", "milestones.m07_trainer", "--device", "cpu", *text, *arguments]


def environment(folder: Path, **settings: str) -> dict[str, str]:
    return runs.environment(ROOT, **{"COLUMNS": "90", "KATA_RUNS": str(folder), **settings})


def run(
    folder: Path, *arguments: str, n_processes: int = 1, fresh: bool = False, **settings: str
) -> subprocess.CompletedProcess[str]:
    torchrun = ("-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={n_processes}")
    return processes.python(
        *(torchrun if n_processes > 1 else ()),
        *command(folder, *arguments),
        cwd=ROOT,
        env=environment(folder, **settings),
        fresh=fresh or n_processes > 1,
    )


def records(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]


def losses(folder: Path) -> torch.Tensor:
    return torch.tensor([record["loss"] for record in records(folder)], dtype=torch.float64)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("m07")
    return folder, run(folder, "--steps", "20", "--accumulation", "2")


def test_a_run_ends_well(finished) -> None:
    assert (finished[1].returncode, finished[1].stderr) == (0, "")


def test_it_writes_as_it_learns_and_at_the_end(finished) -> None:
    lines = re.findall(r"^ +(\d+)  loss [\d.]+, validation [\d.]+  '.+'$", finished[1].stdout, re.M)
    assert lines == [str(step) for step in range(2, 21, 2)]
    assert re.search(r"^It writes:\n\n.{40}", finished[1].stdout, re.M | re.S)


def test_the_table_holds_all_models(finished) -> None:
    for name in ("uniform, ln 30", "bigram", "MLP of milestone 1", "your GPT"):
        assert re.search(rf"^ +{name} .* \d\.\d\d\d *$", finished[1].stdout, re.M), name


def test_it_leaves_a_log_a_curve_and_a_checkpoint(finished) -> None:
    folder, _ = finished
    assert len(losses(folder)) == 20
    assert (folder / "loss.svg").read_text("utf-8").startswith("<?xml")
    assert torch.load(folder / "checkpoint.pt", weights_only=True)["step"] == 20


def test_two_processes_have_the_losses_of_one_with_the_same_batches(finished, tmp_path) -> None:
    """One reads two micro-batches a step; of two, each reads one. Sums of floats in another order
    drift apart: within 1e-3 after 20 steps."""
    done = run(tmp_path, "--steps", "20", n_processes=2)
    assert done.returncode == 0, done.stderr
    assert "with 2 x cpu: 20 steps of 24 x 64." in done.stdout
    torch.testing.assert_close(losses(tmp_path), losses(finished[0]), rtol=0, atol=1e-3)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
def test_ctrl_c_stops_it_and_resume_goes_on_as_if_nothing_had_been(finished, tmp_path) -> None:
    asked = ("--steps", "20", "--accumulation", "2")
    process = subprocess.Popen(
        [sys.executable, *command(tmp_path, *asked)],
        cwd=ROOT,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    log = tmp_path / "log.jsonl"
    while not log.exists() or log.read_text("utf-8").count("\n") < 3:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert "To go on: nox -s run -- m07 --resume" in process.communicate()[0]
    assert 3 <= len(losses(tmp_path)) < 20
    assert run(tmp_path, "--resume").returncode == 0
    assert torch.equal(losses(tmp_path), losses(finished[0]))


def test_without_a_checkpoint_there_is_nothing_to_resume(tmp_path) -> None:
    stopped = run(tmp_path, "--resume")
    assert stopped.returncode == 2
    assert re.fullmatch(r"There is no \S+ to resume\.\n", stopped.stderr)


def test_the_range_test_is_drawn(tmp_path) -> None:
    done = run(tmp_path, "--steps", "1", "--find-lr")
    assert done.returncode == 0, done.stderr
    assert re.search(r"suggests a learning rate of [\d.e-]+", done.stdout)
    assert (tmp_path / "range.svg").read_text("utf-8").startswith("<?xml")


def test_tensorboard_and_wandb_get_what_the_log_gets(tmp_path) -> None:
    """Both for real; W&B offline, where a file holds what it would send, numbers as JSON."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    done = run(tmp_path, "--steps", "4", "--tensorboard", "--wandb", WANDB_MODE="offline")
    assert done.returncode == 0, done.stderr
    logged = records(tmp_path)
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert set(events.Tags()["scalars"]) == logged[0].keys() - {"step"}
    for name in events.Tags()["scalars"]:
        found = [(event.step, event.value) for event in events.Scalars(name)]
        assert found == [(record["step"], pytest.approx(record[name])) for record in logged], name
    (offline,) = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    kept = offline.read_bytes()
    for record in logged:
        for name, value in record.items():
            assert name.encode() in kept, name
            assert json.dumps(value).encode() in kept, (name, value)


@pytest.mark.parametrize("package", ["tensorboard", "wandb"])
def test_a_package_that_is_not_there_is_told_before_anything_runs(tmp_path, package) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as util\nfind = util.find_spec\n"
        f"util.find_spec = lambda name, *_: None if name == {package!r} else find(name, *_)\n"
    )
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    done = run(tmp_path, f"--{package}", fresh=True, PYTHONPATH=path)
    assert done.returncode == 2
    assert f"nox -s run -- m07 --{package} installs it" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_range_test_suggests_nothing_beyond_the_lowest_loss(tmp_path, monkeypatch) -> None:
    """After it broke the loss can fall back, steeper than it ever fell while it learned."""
    lrs = [10 ** (-5 + i / 20) for i in range(100)]
    learning = [4 - i / 40 for i in range(60)]
    losses = learning + [9.0] * 20 + [3.5] * 20
    with trees.mounted("solutions"):
        main = importlib.import_module("milestones.m07_trainer.__main__")
        monkeypatch.setattr(main, "FOLDER", tmp_path)
        monkeypatch.setattr(main, "lr_range_test", lambda *_: (lrs, losses))
        assert main.find_lr(torch.nn.Identity(), torch.arange(9), seed=0) <= lrs[60]
