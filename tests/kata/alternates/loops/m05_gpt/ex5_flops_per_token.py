"""Exercise 5: the parameters, one part at a time, and attention on top."""

from milestones.m05_gpt.config import GPTConfig


def flops_per_token(config: GPTConfig, seq: int) -> int:
    width = config.d_model
    hidden = 4 * width
    parameters = config.vocab_size * width  # the token embedding, which is the head
    for _ in range(config.n_layers):
        for _ in ("q", "k", "v", "o"):
            parameters = parameters + width * width + width
        parameters = parameters + width * hidden + hidden  # up
        parameters = parameters + hidden * width + width  # down
        for _ in ("attention_norm", "mlp_norm"):
            parameters = parameters + width + width
    parameters = parameters + width + width  # the last norm
    flops = 6 * parameters
    for _ in range(config.n_layers):
        flops = flops + 12 * width * seq
    return flops
