"""Writes tests/m08_tokenizer/gpt2_format.json: a small tokenizer in GPT-2's format, and its ids.

python -m tests.kata.bpe_tiny
"""

import json

from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, trainers

from kata.paths import ROOT

FILE = ROOT / "tests/m08_tokenizer/gpt2_format.json"
TRAINED_ON = [
    "## The lowest of the newer ones isn't wider: they're lower, he'll see 10 or 12 of them.",
    "## Low and lower, new and newer, wide and wider. ##\n\n    low = low_low(100)  # naïve, é",
]
TEXTS = [
    "lower and newer",
    " The wider ones aren't ## lower",
    "low<|endoftext|>new\n\n    newest",
    "naïve é 学 🙂",
]


def main() -> None:
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())  # as in GPT-2's file: ! is 0
    trainer = trainers.BpeTrainer(
        vocab_size=256 + 70, min_frequency=2, initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator(TRAINED_ON, trainer)
    bpe.add_special_tokens([AddedToken("<|endoftext|>", special=True)])
    merges = json.loads(bpe.to_str())["model"]["merges"]
    frozen = {
        "vocab": bpe.get_vocab(),
        "merges": ["#version: 0.2", *(" ".join(pair) for pair in merges)],
        "texts": {text: bpe.encode(text).ids for text in TEXTS},
    }
    frozen["vocab"] = dict(sorted(frozen["vocab"].items(), key=lambda item: item[1]))
    FILE.write_text(json.dumps(frozen, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
