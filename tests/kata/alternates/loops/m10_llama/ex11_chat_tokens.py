"""Exercise 11: a template, walked through from the left."""

from collections.abc import Sequence

from milestones.m08_tokenizer import Tokenizer

TEMPLATE = "<|im_start|>{role}\n{content}<|im_end|>\n"
PROMPT = "<|im_start|>assistant\n"
MARKERS = ["<|im_start|>", "<|im_end|>"]
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


def pieces_of(template):
    """The template cut before and after each marker."""
    pieces = []
    text = ""
    place = 0
    while place < len(template):
        found = None
        for marker in MARKERS:
            if template[place:].startswith(marker):
                found = marker
        if found is None:
            text += template[place]
            place += 1
            continue
        if text:
            pieces.append(text)
        pieces.append(found)
        text = ""
        place += len(found)
    pieces.append(text)
    return pieces


def chat_tokens(tokenizer: Tokenizer, messages: Sequence[tuple[str, str]]) -> list[int]:
    for_text = Tokenizer(tokenizer.vocab, tokenizer.merges, pattern=tokenizer.pattern)
    conversation = []
    for role, content in messages:
        if len(conversation) == 0 and role != "system":
            conversation.append(("system", SYSTEM))
        conversation.append((role, content))
    ids = []
    for role, content in conversation:
        for piece in pieces_of(TEMPLATE):
            if piece in MARKERS:
                ids.extend(tokenizer.encode(piece))
            else:
                ids.extend(for_text.encode(piece.format(role=role, content=content)))
    for piece in pieces_of(PROMPT):
        if piece in MARKERS:
            ids.extend(tokenizer.encode(piece))
        else:
            ids.extend(for_text.encode(piece))
    return ids
