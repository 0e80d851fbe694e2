"""Milestone 8: byte-pair encoding, from text to tokens and back."""

from milestones.m08_tokenizer.gpt2 import load_gpt2_tokenizer, printable_bytes
from milestones.m08_tokenizer.pairs import count_pairs, merge_pair
from milestones.m08_tokenizer.tokenizer import Tokenizer
from milestones.m08_tokenizer.training import train_bpe
from milestones.m08_tokenizer.words import PATTERN, split_words

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
