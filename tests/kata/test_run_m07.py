"""What a learner sees who runs milestone 7, alone and with two processes.

pytest tests/kata/test_run_m07.py
"""

import argparse
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

from kata.course import trees
from kata.paths import ROOT
from kata.runs.corpora import CorpusError
from tests.kata import processes, runs
from tests.kata.drawn import Drawn
from tests.kata.odd import put

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


SETTINGS = {"corpus": "pydocs", "seed": 0, "steps": 20, "lr": 0.003, "accumulation": 1}
ODD_SETTINGS = [
    *("missing", "a folder", "a dead link", "empty", "cut off", "not UTF-8", "deep lists"),
    *("a huge number", "a list", "a number", "null", "NaN", "an empty object within", "2 MB"),
]
ODD_VALUES = [
    *(("corpus", value) for value in (None, 3, ["pydocs"])),
    *(("seed", value) for value in (None, "0", 0.5, True, 2**63)),
    *(("steps", value) for value in (None, 0, -1, "20", 1e9, True, 10**30)),
    *(("lr", value) for value in (None, "fast", [], True, float("nan"), float("inf"))),
    *(("accumulation", value) for value in (None, 0, "1", 10**30)),
]


@pytest.fixture
def resumed(tmp_path, monkeypatch):
    """What a run says that is to go on with these settings."""
    torch.save({}, tmp_path / "checkpoint.pt")
    monkeypatch.setenv("KATA_RUNS", str(tmp_path))

    def said() -> str:
        with trees.mounted("solutions"):
            main = importlib.import_module("milestones.m07_trainer.__main__")
            with pytest.raises(CorpusError) as told:
                main.settings(argparse.Namespace(resume=True))
        return str(told.value)

    return said


@pytest.mark.parametrize("kind", ODD_SETTINGS)
def test_odd_settings_of_a_run_are_told_in_one_line_with_the_way_out(tmp_path, resumed, kind):
    if kind != "missing":
        put(tmp_path / "run.json", kind)
    said = resumed()
    assert said.startswith(f"{tmp_path / 'run.json'} ")
    assert said.endswith("The run cannot go on; without --resume a new one starts.")
    assert "\n" not in said


@pytest.mark.parametrize(("name", "value"), ODD_VALUES)
def test_an_odd_setting_of_a_run_is_named(tmp_path, resumed, name, value):
    (tmp_path / "run.json").write_text(json.dumps({**SETTINGS, name: value}), "utf-8")
    assert f"run.json has {value!r:.40} as {name}. " in resumed()


def test_settings_that_a_run_wrote_are_its_own_again(tmp_path, monkeypatch):
    with trees.mounted("solutions"):
        main = importlib.import_module("milestones.m07_trainer.__main__")
        assert main.saved_settings(SETTINGS) == SETTINGS
        assert main.saved_settings({**SETTINGS, "lr": 1}) == {**SETTINGS, "lr": 1}


@pytest.mark.parametrize("content", [b"", b"PK", b"\x80\x02."])
def test_a_checkpoint_that_cannot_be_read_is_told_in_one_line(tmp_path, content) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(content)
    stopped = run(tmp_path, "--resume")
    assert stopped.returncode == 2
    assert re.fullmatch(r"\S+checkpoint.pt cannot be read: .+ a new one starts\.\n", stopped.stderr)


def test_what_does_not_fit_ends_a_resumed_run_in_one_line_and_a_new_one_starts(tmp_path) -> None:
    settings = tmp_path / "run.json"
    settings.write_text("[]")
    assert run(tmp_path, "--steps", "2").returncode == 0
    saved = json.loads(settings.read_text("utf-8"))
    settings.write_text("[]")
    stopped = run(tmp_path, "--resume")
    assert (stopped.returncode, stopped.stderr.count("\n")) == (2, 1)
    other = tmp_path / "other.txt"
    other.write_text(TEXT + "0123456789", "utf-8")
    settings.write_text(json.dumps({**saved, "corpus": str(other)}), "utf-8")
    stopped = run(tmp_path, "--resume")
    assert (stopped.returncode, stopped.stderr.count("\n")) == (2, 1)
    assert "checkpoint.pt does not fit: " in stopped.stderr


@pytest.mark.parametrize("name", ["run.json", "log.jsonl", "checkpoint.pt", "loss.svg"])
def test_a_folder_where_a_run_writes_a_file_is_told_in_one_line(tmp_path, name) -> None:
    (tmp_path / name).mkdir()
    stopped = run(tmp_path, "--steps", "2")
    assert stopped.returncode == 2
    assert stopped.stderr.endswith(f"{name} is a folder. Move it elsewhere, and try again.\n")


def test_lines_of_a_log_that_no_run_wrote_are_left_out(tmp_path) -> None:
    log = tmp_path / "log.jsonl"
    sound = json.dumps({"step": 1, "loss": float("nan")}) + "\n"
    odd = ["[]\n", "3\n", "prose\n", '{"step": 2}\n', '{"step": "2", "loss": 1.0}\n', "[" * 10**5]
    log.write_bytes(b"caf\xe9\n" + "".join([sound, *odd, "\n", sound[:9]]).encode())
    with trees.mounted("solutions"):
        importlib.import_module("milestones.m07_trainer.callbacks").jsonl(log, 2)
    assert log.read_text("utf-8") == sound


def test_the_range_test_is_drawn(tmp_path) -> None:
    done = run(tmp_path, "--steps", "1", "--find-lr")
    assert done.returncode == 0, done.stderr
    assert re.search(r"suggests a learning rate of [\d.e-]+", done.stdout)
    drawn = Drawn(tmp_path / "range.svg")
    assert {"suggested: ", "Range test"} <= {re.sub("[1-9].*", "", t.words) for t in drawn.texts}
    assert (drawn.crossed(), drawn.overlapping(), drawn.cut()) == ([], [], [])


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
