"""How fast the reference tokenizer is beside the package tokenizers: python benchmarks/tokenizer.py

CPU time of one thread each, in turn, the fastest of three: training on pydocs, encoding pydocs, and
encoding the standard library's own source files. A memory of words lives from repetition, so it
prints how many words of the text are distinct. Targets: training 1,000 tokens within 5 times of the
Rust trainer, encoding pydocs no slower than its Python call.
"""

import importlib
import os
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ |= {"RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}

from tokenizers import Tokenizer, models, pre_tokenizers, trainers  # noqa: E402

from kata.course import trees  # noqa: E402
from kata.runs import corpora  # noqa: E402

SOURCES = 10_000_000  # characters


def fastest(call: Callable[[], Any]) -> tuple[float, Any]:
    times, result = [], None
    for _ in range(3):
        start = time.process_time()
        result = call()
        times.append(time.process_time() - start)
    return min(times), result


def trained_by_rust(text: str, vocab_size: int) -> Tokenizer:
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator([text], trainer)
    return bpe


def sources() -> str:
    """The standard library's source files in alphabetical order, so many characters of them."""
    found, size = [], 0
    for file in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        if "site-packages" not in file.parts and size < SOURCES:
            found.append(file.read_text("utf-8", errors="replace"))
            size += len(found[-1])
    return "".join(found)[:SOURCES]


def told(what: str, ours: float, theirs: float) -> None:
    print(f"{what:42} {ours:8.2f} s {theirs:8.2f} s {ours / theirs:8.2f}")


def main() -> None:
    with trees.mounted("solutions"):
        m08 = importlib.import_module("milestones.m08_tokenizer")
    pydocs, code = corpora.load("pydocs").text, sources()
    for name, text in {"pydocs": pydocs, "sources": code}.items():
        words = m08.split_words(text)
        distinct = len(set(words))
        print(f"{name}: {len(text):,} characters, {len(words):,} words, {distinct:,} distinct")
    print(f"{'CPU time':42} {'reference':>10} {'tokenizers':>10} {'ratio':>8}")
    for size in (1_000, 5_000):
        compare(m08, size, pydocs, {"pydocs": pydocs, "sources": code})


def compare(m08: Any, size: int, corpus: str, texts: dict[str, str]) -> None:
    ours, (vocab, merges) = fastest(lambda: m08.train_bpe(corpus, size))
    theirs, rust = fastest(lambda: trained_by_rust(corpus, size))
    told(f"training on pydocs, {size:,} tokens", ours, theirs)
    for name, text in texts.items():
        ours, ids = fastest(lambda text=text: m08.Tokenizer(vocab, merges).encode(text))
        theirs, found = fastest(lambda text=text: rust.encode(text))
        told(f"encoding {name}, {len(ids):,} and {len(found.ids):,}", ours, theirs)


if __name__ == "__main__":
    main()
