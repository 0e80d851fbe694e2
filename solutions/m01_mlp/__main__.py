"""Trains the language model you built on real text, and shows what it gained.

    nox -s run -- m01                           about a minute on two cores
    nox -s run -- m01 --corpus shakespeare
    nox -s run -- m01 --corpus my_notes.txt --steps 2000

The model reads 8 characters and guesses the next one. Nobody tells it what a word is.
"""

import argparse
import math
import sys
import traceback
from collections.abc import Iterator

import torch
from jaxtyping import Int
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from torch import Tensor

from kata import corpora
from kata.baselines import bigram_loss, validation_loss
from kata.characters import Characters
from kata.curriculum import ROOT, relative
from kata.failure import is_todo
from kata.figure import loss_curve
from milestones.m01_mlp import MLPLanguageModel, cross_entropy, softmax

CONTEXT_LENGTH = 8  # more characters need more weights, and more time to tell what matters
D_EMBED = 32
D_HIDDEN = 512
BATCH_SIZE = 256
LEARNING_RATE = 2e-3  # the largest at which the loss falls without jumping
CURVE = ROOT / "runs/m01/loss.svg"


def run(corpus: corpora.Corpus, steps: int, seed: int) -> None:
    """Train on the first nine tenths of the text, measure on the last tenth, write a little."""
    torch.manual_seed(seed)  # the weights at the start, the batches and the samples follow from it
    characters = Characters.of(corpus.text)
    tokens = characters.encode(corpus.text)
    n_train = len(tokens) * 9 // 10
    prompt = tokens[n_train - CONTEXT_LENGTH : n_train]

    model = MLPLanguageModel(len(characters), CONTEXT_LENGTH, D_EMBED, D_HIDDEN)
    n_parameters = sum(parameter.numel() for parameter in model.parameters())
    print(
        f"Training on {corpus.name}: {len(tokens):,} characters, {len(characters)} different ones;"
        f" {n_parameters:,} parameters."
    )
    print(f"Before training it writes {characters.decode(sample(model, prompt, 40))!r}.")

    losses, validation = [], {}
    with progress_bar(steps) as (bar, task):
        for step, loss in enumerate(train(model, tokens[:n_train], steps), start=1):
            losses.append(loss)
            bar.update(task, completed=step, loss=loss)
"""
