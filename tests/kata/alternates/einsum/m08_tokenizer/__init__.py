from milestones.m08_tokenizer.everything import (
    PATTERN,
    Tokenizer,
    count_pairs,
    load_gpt2_tokenizer,
    merge_pair,
    printable_bytes,
    split_words,
    train_bpe,
)

__all__ = [
    "PATTERN",
    "Tokenizer",
    "count_pairs",
    "load_gpt2_tokenizer",
    "merge_pair",
    "printable_bytes",
    "split_words",
    "train_bpe",
]
