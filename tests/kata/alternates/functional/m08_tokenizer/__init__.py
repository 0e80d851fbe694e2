from milestones.m08_tokenizer.merging import PATTERN as PATTERN
from milestones.m08_tokenizer.merging import count_pairs as count_pairs
from milestones.m08_tokenizer.merging import merge_pair as merge_pair
from milestones.m08_tokenizer.merging import split_words as split_words
from milestones.m08_tokenizer.merging import train_bpe as train_bpe
from milestones.m08_tokenizer.tokenizer import Tokenizer as Tokenizer
from milestones.m08_tokenizer.tokenizer import load_gpt2_tokenizer as load_gpt2_tokenizer
from milestones.m08_tokenizer.tokenizer import printable_bytes as printable_bytes
