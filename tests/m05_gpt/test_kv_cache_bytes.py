"""kv_cache_bytes tells how much memory the keys and values of a text take.

pytest tests/m05_gpt/test_kv_cache_bytes.py
"""

from hypothesis import given
from hypothesis import strategies as st

from kata import check
from milestones.m05_gpt import GPTConfig, kv_cache_bytes

SMALL = GPTConfig(50257, 1024, 768, 12, 12)


def test_one_token_in_one_layer_worked_by_hand():
    # a key and a value of 3 numbers, 2 bytes each
    config = GPTConfig(vocab_size=11, context_length=7, d_model=3, n_layers=1, n_heads=1)
    check.equal(kv_cache_bytes(config, 1, 1), 12)


def test_gpt2_small_holds_36864_bytes_a_token():
    check.equal(kv_cache_bytes(SMALL, 1, 1), 36_864)


def test_the_full_context_of_a_batch():
    check.equal(kv_cache_bytes(SMALL, 8, 1024), 301_989_888)


def test_it_grows_with_the_text_not_with_the_context():
    config = GPTConfig(11, 999, 6, 2, 3)
    check.equal(kv_cache_bytes(config, 1, 5), 240)


def test_the_number_of_heads_changes_nothing():
    config = GPTConfig(50257, 1024, 768, 12, 3)
    check.equal(kv_cache_bytes(config, 1, 10), 368_640)


def test_numbers_may_take_another_number_of_bytes():
    check.equal(kv_cache_bytes(SMALL, 1, 1, bytes_per_value=4), 73_728)


@given(
    batch=st.integers(1, 5),
    seq=st.integers(1, 40),
    n_layers=st.integers(1, 5),
    n_heads=st.integers(1, 3),
    width=st.integers(1, 9),
    size=st.sampled_from([1, 2, 4, 8]),
)
def test_every_sequence_position_and_layer_has_a_key_and_a_value(
    batch, seq, n_layers, n_heads, width, size
):
    config = GPTConfig(11, 40, width * n_heads, n_layers, n_heads)
    keys = batch * seq * n_layers * (width * n_heads)
    check.equal(kv_cache_bytes(config, batch, seq, size), (keys + keys) * size)
