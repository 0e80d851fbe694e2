"""What a learner sees who runs milestone 5, alone and with the weights of GPT-2.

pytest tests/kata/test_run_m05.py needs the dependency group `oracle`.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from kata.paths import ROOT
from kata.runs import gpt2
from tests.kata import gpt2_tiny, runs

pytestmark = pytest.mark.timeout(180)  # each run starts Python and PyTorch anew

PROMPT = "a cat"


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return runs.run(ROOT, "m05_gpt", *arguments, COLUMNS="90", **settings)


def write_cache(folder: Path) -> gpt2_tiny.GPT2LMHeadModel:
    """A tiny GPT-2 as the hub's cache holds the real one: blobs, and links from a snapshot."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: i for i, letter in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    model = gpt2_tiny.oracle(gpt2_tiny.SIZES | {"vocab_size": len(alphabet), "context_length": 16})

    repository = folder / f"models--{gpt2.REPOSITORY.replace('/', '--')}"
    snapshot, blobs = repository / "snapshots" / gpt2.REVISION, repository / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    model.save_pretrained(snapshot)
    tokenizer.save(str(snapshot / "tokenizer.json"))
    for file in list(snapshot.iterdir()):
        file.rename(blobs / file.name)
        file.symlink_to(Path("../../blobs") / file.name)
    return model


@pytest.fixture(scope="module")
def finished() -> subprocess.CompletedProcess[str]:
    return run("--steps", "5")


def test_a_run_ends_well(finished: subprocess.CompletedProcess[str]) -> None:
    assert (finished.returncode, finished.stderr) == (0, "")


def test_it_draws_the_data_flow_in_the_names_of_the_axes(
    finished: subprocess.CompletedProcess[str],
) -> None:
    assert re.search(r"tokens +\(batch 6, seq 64\)", finished.stdout)
    assert re.search(r"position_embedding +\(seq 64, d_model 96\)", finished.stdout)
    assert re.search(r"blocks.0.mlp.up +\(batch 6, seq 64, d_hidden 384\)", finished.stdout)
    assert re.search(r"blocks.2 +\(batch 6, seq 64, d_model 96\)", finished.stdout)
    assert re.search(r"logits +\(batch 6, seq 64, vocab \d+\)", finished.stdout)
    assert "blocks.1.mlp" not in finished.stdout


def test_the_parts_add_up_to_all_parameters(finished: subprocess.CompletedProcess[str]) -> None:
    rows = re.findall(r"^ +(\D+?) +([\d,]+) +[\d.]+% *$", finished.stdout, re.M)
    counts = {name: int(number.replace(",", "")) for name, number in rows}
    assert len(counts) == 6
    assert sum(counts.values()) == 2 * counts["all"] > 0


def test_the_untrained_loss_is_about_that_of_knowing_nothing(
    finished: subprocess.CompletedProcess[str],
) -> None:
    found = re.search(r"its loss is (\d+\.\d+); ln \d+ is (\d+\.\d+)\.", finished.stdout)
    assert found is not None
    assert float(found[1]) == pytest.approx(float(found[2]), rel=0.05)


def test_one_batch_is_learnt_by_heart() -> None:
    done = run()
    found = re.search(r"After \d+ steps on the same 384 characters it is (\d+\.\d+)", done.stdout)
    assert found is not None
    assert float(found[1]) < 0.05
    assert "\x1b" not in done.stdout


def test_an_unwritten_part_is_named_in_one_line() -> None:
    stopped = run(KATA_TREE=str(ROOT / "milestones"))
    assert stopped.returncode == 1
    assert re.fullmatch(r"\S+ is not written yet \(.*\)\. What to do next: .*\n", stopped.stderr)


def test_steps_are_counted_from_one() -> None:
    stopped = run("--steps", "0")
    assert stopped.returncode == 2
    assert "expected a whole number from 1 up, got 0" in stopped.stderr


def test_the_weights_from_the_cache_continue_a_prompt(tmp_path: Path) -> None:
    theirs = write_cache(tmp_path)
    done = run(
        "--weights", "gpt2", "--prompt", PROMPT, HF_HUB_CACHE=str(tmp_path), HF_HUB_OFFLINE="1"
    )
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / f"models--{gpt2.REPOSITORY.replace('/', '--')}/snapshots/{gpt2.REVISION}"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokens = torch.tensor([tokenizer.encode(PROMPT).ids])
    with torch.no_grad():
        chances = theirs(tokens).logits[0, -1].softmax(-1)
        for _ in range(20):
            next_one = theirs(tokens[:, -16:]).logits[:, -1:].argmax(-1)
            tokens = torch.cat([tokens, next_one], dim=1)
    shown = re.findall(r"^ +('.*?'|\".*?\") +([\d.]+)% *$", done.stdout, re.M)
    top = chances.topk(10)
    expected = [repr(tokenizer.decode([token])) for token in top.indices.tolist()]
    assert [token for token, _ in shown] == expected
    assert [float(share) for _, share in shown] == pytest.approx(
        [100 * chance for chance in top.values.tolist()], abs=0.06
    )
    assert f"Always the likeliest: {tokenizer.decode(tokens[0].tolist())!r}" in done.stdout


def test_without_network_and_cache_one_line_says_so(tmp_path: Path) -> None:
    for offline in ({"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}):
        stopped = run("--weights", "gpt2", HF_HUB_CACHE=str(tmp_path), **offline)
        assert stopped.returncode == 2
        assert "could not be fetched" in stopped.stderr
        assert stopped.stderr.count("\n") == 1, stopped.stderr


def test_without_the_packages_one_line_names_the_session(tmp_path: Path) -> None:
    (tmp_path / "huggingface_hub.py").write_text(
        "raise ModuleNotFoundError('no', name='huggingface_hub')", "utf-8"
    )
    stopped = run("--weights", "gpt2", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert stopped.returncode == 2
    assert "need the package huggingface_hub; nox -s run -- m05 --weights gpt2" in stopped.stderr
    assert stopped.stderr.count("\n") == 1
