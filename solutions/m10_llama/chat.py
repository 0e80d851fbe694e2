"""A conversation as the tokens that a chat model was trained on.

Uses Tokenizer from milestone 8.
"""

from collections.abc import Sequence

from milestones.m08_tokenizer import Tokenizer

SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


def chat_tokens(tokenizer: Tokenizer, messages: Sequence[tuple[str, str]]) -> list[int]:
    r"""The ids of (role, content) pairs, and of the words that let the assistant speak next.

    Each message is `<|im_start|>role\ncontent<|im_end|>\n`, and after the last one stands
    `<|im_start|>assistant\n`. Where there are messages and the first is not from the role
    "system", one from it stands before them, with SYSTEM as its content.

    Only the two markers around a message are special tokens. What stands in a role or a content
    stays text, even where it looks like a marker.

    tokenizer: one in which both markers are special.

    Source: the chat template of SmolLM2-135M-Instruct.
    """
    (start,), (end,) = tokenizer.encode("<|im_start|>"), tokenizer.encode("<|im_end|>")
    text = Tokenizer(tokenizer.vocab, tokenizer.merges, pattern=tokenizer.pattern)
    if messages and messages[0][0] != "system":
        messages = [("system", SYSTEM), *messages]
    ids = []
    for role, content in messages:
        ids += [start, *text.encode(f"{role}\n{content}"), end, *text.encode("\n")]
    return [*ids, start, *text.encode("assistant\n")]
