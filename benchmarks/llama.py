"""How fast the reference's Llama writes: python benchmarks/llama.py

Against transformers' generate with its own cache, at SmolLM2-135M's shape, on the same random
weights and threads (needs the group `oracle`). Each round runs all in turn; the figures are tokens
per second of CPU time, the median of the rounds. Greedy, so both write the same.

Every weight is read once a token, so memory bandwidth sets a limit: it is measured in the same
rounds. The target is transformers' own speed.
"""

import argparse
import os
import sys
from pathlib import Path

import torch

os.environ["KATA_TREE"] = "solutions"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.generation import rounds
from milestones.m10_llama import Llama, LlamaConfig, continue_text, load_llama

CONFIG = LlamaConfig(49152, 8192, 576, 30, 9, 3, 1536, rope_base=100000.0)
PROMPT, NEW = 32, 64


def theirs(config: LlamaConfig):
    from transformers import LlamaConfig as Sizes
    from transformers import LlamaForCausalLM

    sizes = Sizes(
        vocab_size=config.vocab_size,
        hidden_size=config.d_model,
        intermediate_size=config.d_hidden,
        num_hidden_layers=config.n_layers,
        num_attention_heads=config.n_heads,
        num_key_value_heads=config.n_kv_heads,
        max_position_embeddings=config.context_length,
        rope_parameters={"rope_type": "default", "rope_theta": config.rope_base},
        rms_norm_eps=config.norm_eps,
        tie_word_embeddings=config.tied,
        eos_token_id=None,
        pad_token_id=0,
    )
    return LlamaForCausalLM(sizes).eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    hugging_face, model = theirs(CONFIG), Llama(CONFIG)
    load_llama(model, hugging_face.state_dict())
    prompt = torch.randint(CONFIG.vocab_size, (1, PROMPT))
    asked = {
        "attention_mask": torch.ones_like(prompt),
        "max_new_tokens": NEW,
        "min_new_tokens": NEW,
        "do_sample": False,
    }
    weights = torch.cat([p.detach().flatten() for p in model.parameters()])
    runs = {
        "transformers": lambda: hugging_face.generate(prompt, **asked),
        "ours": lambda: continue_text(model, prompt, NEW, temperature=0),
        "limit": lambda: [weights.sum() for _ in range(NEW)],
    }
    same = hugging_face.generate(prompt, **asked).equal(runs["ours"]())
    found = rounds(runs, options.rounds)
    print(f"SmolLM2-135M's shape, prompt {PROMPT}, {NEW} new, the same tokens: {same}")
    for run, spent in found.items():
        ratio = found["transformers"] / spent
        print(f"  {run:12} {NEW / spent:8.1f} a second   {ratio:5.2f} x transformers")
    print(f"  ours reaches {found['limit'] / found['ours']:.0%} of the limit")


if __name__ == "__main__":
    main()
