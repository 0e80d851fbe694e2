from milestones.m08_tokenizer import Tokenizer

SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


def chat_tokens(tokenizer, messages):
    messages = list(messages)
    if messages and messages[0][0] != "system":
        messages.insert(0, ("system", SYSTEM))
    # knows no special tokens, so a marker that somebody types stays text
    plain = Tokenizer(tokenizer.vocab, tokenizer.merges, (), tokenizer.pattern)
    start = tokenizer.encode("<|im_start|>")
    end = tokenizer.encode("<|im_end|>")
    newline = plain.encode("\n")

    ids = []
    for role, content in messages:
        ids += start + plain.encode(f"{role}\n{content}") + end + newline
    return ids + start + plain.encode("assistant\n")
