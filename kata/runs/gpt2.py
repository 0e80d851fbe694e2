"""The real GPT-2 small: weights and tokenizer from the Hugging Face hub, at one revision."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import Tensor

from kata.errors import KataError

if TYPE_CHECKING:  # an optional group: nox installs it when a run asks for these weights
    from tokenizers import Tokenizer

REPOSITORY = "openai-community/gpt2"
REVISION = "607a30d783dfa663caf39e06633721c8d4cfcd7e"
FILES = ("config.json", "tokenizer.json", "model.safetensors")  # the small ones first


class WeightsError(KataError):
    """The weights cannot be had."""


class Pretrained(NamedTuple):
    config: dict[str, Any]  # under Hugging Face's names
    tokenizer: "Tokenizer"
    state_dict: dict[str, Tensor]


def load() -> Pretrained:
    """Half a gigabyte, fetched once. Raises WeightsError where it is neither here nor to be had."""
    try:
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        config, tokenizer, weights = _fetch()
    except ImportError as error:
        raise WeightsError(
            f"GPT-2's weights need the package {error.name}; nox -s run -- m05 --weights gpt2 "
            "installs it."
        ) from None
    return Pretrained(
        json.loads(config.read_text("utf-8")),
        Tokenizer.from_file(str(tokenizer)),
        load_file(weights),
    )


def _fetch() -> list[Path]:
    """Where the files are in the hub's cache, into which they come where they are not there."""
    from huggingface_hub import constants, get_session, hf_hub_download
    from huggingface_hub.utils import logging

    logging.set_verbosity_error()  # it would tell of every attempt that fails

    def paths(cached: bool) -> list[Path]:
        return [
            Path(hf_hub_download(REPOSITORY, name, revision=REVISION, local_files_only=cached))
            for name in FILES
        ]

    try:
        return paths(cached=True)
    except OSError:  # the hub's own "not in the cache" is one
        print("Fetching GPT-2, half a gigabyte.")
    try:
        # Without a network this fails at once; what follows would try again for half a minute.
        get_session().head(constants.ENDPOINT, timeout=10)
        return paths(cached=False)
    except Exception as error:  # what carries the hub's requests, and so its errors, has changed
        raise WeightsError(
            "GPT-2's weights are not on this machine, and could not be fetched from "
            f"huggingface.co ({type(error).__name__}). Is there a network?"
        ) from None
