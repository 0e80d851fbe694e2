"""What is unpacked of the published model is kept, and only used while it is right.

pytest tests/kata/test_smollm2.py needs the dependency group `smollm2`. The file is a small one.
"""

import json
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch

from kata.course import trees
from kata.runs import smollm2

WIDTH, HEADS = 64, 2


def write(path: Path) -> dict[str, np.ndarray]:
    """A GGUF file of one layer; returns what its quantized weights are, by llama.cpp's names."""
    writer = gguf.GGUFWriter(path, "llama")
    for name in smollm2.SIZES.values():
        (writer.add_float32 if "freq" in name else writer.add_uint32)(f"llama.{name}", HEADS)
    writer.add_token_list(["<|im_end|>", "a", "b"])
    writer.add_token_types([3, 1, 1])
    writer.add_token_merges(["a b"])
    drawn = np.random.default_rng(0)
    values = {}
    kinds = {"Q4_1": gguf.GGMLQuantizationType.Q4_1, "Q8_0": gguf.GGMLQuantizationType.Q8_0}
    for name, kind in {
        "token_embd": "Q8_0",
        "blk.0.attn_q": "Q4_1",
        "blk.0.ffn_up": "Q4_1",
    }.items():
        bytes_of = gguf.quantize(drawn.normal(size=(8, WIDTH)).astype(np.float32), kinds[kind])
        writer.add_tensor(f"{name}.weight", bytes_of, raw_dtype=kinds[kind])
        values[name] = gguf.dequantize(bytes_of, kinds[kind])
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return values


@pytest.fixture
def values(tmp_path, monkeypatch):
    file = tmp_path / "small.gguf"
    monkeypatch.setattr(smollm2, "KEPT", tmp_path / "runs/unpacked.pt")
    monkeypatch.setattr(smollm2, "path", lambda: file)
    return write(file)


@pytest.fixture
def dequantize():
    with trees.mounted("solutions"):
        from milestones.m10_llama import dequantize

        yield dequantize


def test_weights_come_under_hugging_faces_names(values, dequantize):
    found = smollm2.load(dequantize)
    weights = found.state_dict
    assert set(weights) == {
        "model.embed_tokens.weight",
        "model.layers.0.self_attn.q_proj.weight",
        "model.layers.0.mlp.up_proj.weight",
        "model.norm.weight",
    }
    assert weights["model.embed_tokens.weight"].numpy() == pytest.approx(values["token_embd"])
    assert weights["model.layers.0.mlp.up_proj.weight"].numpy() == pytest.approx(
        values["blk.0.ffn_up"]
    )
    assert (found.tokens, found.merges) == (["<|im_end|>", "a", "b"], ["a b"])
    assert found.special_tokens == ["<|im_end|>"]
    assert found.sizes["vocab_size"] == 3
    assert found.sizes["tied"]


def test_the_rows_of_queries_are_turned_back(values, dequantize):
    query = smollm2.load(dequantize).state_dict["model.layers.0.self_attn.q_proj.weight"]
    rows = values["blk.0.attn_q"]  # of two heads, with both rows of a pair side by side
    assert query.numpy() == pytest.approx(rows[[0, 2, 1, 3, 4, 6, 5, 7]])


def test_a_second_start_unpacks_nothing(values, dequantize, capsys):
    first = smollm2.load(dequantize)
    assert "Unpacking" in capsys.readouterr().out
    second = smollm2.load(dequantize)
    assert capsys.readouterr().out == ""
    assert all(second.state_dict[name].equal(first.state_dict[name]) for name in first.state_dict)
    assert second.sizes == first.sizes


@pytest.mark.parametrize("harm", ["cut", "changed", "no stamp", "another dequantize"])
def test_what_is_no_longer_right_is_unpacked_anew(values, dequantize, capsys, harm):
    right = smollm2.load(dequantize).state_dict["model.embed_tokens.weight"].clone()
    kept = smollm2.KEPT
    content = bytearray(kept.read_bytes())
    if harm == "cut":
        kept.write_bytes(content[:-1])
    elif harm == "changed":
        content[len(content) // 2] ^= 1
        kept.write_bytes(content)
    elif harm == "no stamp":
        kept.with_suffix(".json").unlink()
    factor = 2 if harm == "another dequantize" else 1
    capsys.readouterr()
    again = smollm2.load(lambda blocks, kind: factor * dequantize(blocks, kind))
    assert "Unpacking" in capsys.readouterr().out
    assert again.state_dict["model.embed_tokens.weight"].equal(factor * right)


def test_where_nothing_can_be_kept_it_says_so_and_goes_on(values, dequantize, capsys):
    smollm2.KEPT.parent.write_text("in the way", "utf-8")
    assert len(smollm2.load(dequantize).state_dict) == 4
    assert "runs is not a folder" in capsys.readouterr().out


def test_a_file_that_is_none_is_told_in_one_line(values, dequantize):
    smollm2.path().write_bytes(b"nothing")
    with pytest.raises(smollm2.WeightsError, match="cannot be read"):
        smollm2.load(dequantize)


def test_the_stamp_holds_size_and_hash(values, dequantize):
    smollm2.load(dequantize)
    stamp = json.loads(smollm2.KEPT.with_suffix(".json").read_text("utf-8"))
    assert stamp["size"] == smollm2.KEPT.stat().st_size
    assert len(stamp["sha256"]) == 64
    assert torch.load(smollm2.KEPT, weights_only=True)["merges"] == ["a b"]
