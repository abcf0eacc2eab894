"""Code to calibrate on and code to measure on, never the same and never from a network.

Calibration reads modules of the running Python's standard library, which is on every machine.
What is measured is this project's own code, which no model was trained on.
"""

from __future__ import annotations

import random
import sysconfig
from collections.abc import Iterable, Iterator
from itertools import chain, cycle, islice
from pathlib import Path

import torch
from torch import Tensor

from codegen.engine import Engine
from codegen.errors import LeadsmanError, UnsupportedModel
from codegen.prompt.builder import PromptBuilder
from codegen.prompt.family import detect_family
from codegen.quantize.asked import Asked, functions_of
from codegen.tokenizer import Tokenizer

# Plain programs of many kinds: parsing, networks, numbers, text, concurrency.
_STANDARD_MODULES = (
    "argparse",
    "ast",
    "asyncio/base_events",
    "bisect",
    "calendar",
    "collections/__init__",
    "configparser",
    "csv",
    "dataclasses",
    "datetime",
    "difflib",
    "email/message",
    "fractions",
    "heapq",
    "http/client",
    "inspect",
    "json/decoder",
    "logging/__init__",
    "pathlib",
    "random",
    "shutil",
    "statistics",
    "string",
    "subprocess",
    "tarfile",
    "textwrap",
    "threading",
    "typing",
    "unittest/case",
    "urllib/parse",
    "zipfile",
)
_OWN_PACKAGES = ("codegen", "kernels")
SEQUENCE_TOKENS = 512


# What a sequence holds, over and over.
_KINDS = ("holes", "code", "holes", "answers")
_ENDS = ("<|endoftext|>", "<｜end▁of▁sentence｜>")
_SEED = 2
# Folders of the standard library that hold no programs, or not its own.
_NO_PROGRAMS = frozenset(
    {"test", "tests", "idle_test", "site-packages", "dist-packages", "lib2to3"}
)


def calibration_ids(tokenizer: Tokenizer, n_sequences: int, architecture: str) -> Tensor:
    """Token ids of the standard library's code. Shapes: -> [n_sequences, 512] int64.

    A quarter of the sequences are straight code; the others ask for its functions as the product
    does, half of them with holes and a quarter in conversations, if the architecture and the
    vocabulary are of a family that we have prompts for.

    Raises:
        LeadsmanError: this Python lacks the sources.
    """
    library = Path(sysconfig.get_path("stdlib"))
    paths = [path for name in _STANDARD_MODULES if (path := library / f"{name}.py").is_file()]
    rows = _cut(tokenizer, paths, n_sequences)
    try:
        prompts = PromptBuilder(detect_family(architecture, tokenizer), tokenizer)
    except UnsupportedModel:
        return rows
    asked = _asked(prompts, tokenizer, paths)
    for i, kind in enumerate(islice(cycle(_KINDS), n_sequences)):
        if kind != "code":
            rows[i] = torch.tensor(list(islice(asked[kind], SEQUENCE_TOKENS)))
    return rows


def _asked(
    prompts: PromptBuilder, tokenizer: Tokenizer, paths: list[Path]
) -> dict[str, Iterator[int]]:
    """Endless streams of tokens of both kinds of prompts."""
    rng = random.Random(_SEED)
    functions = functions_of(paths, rng)
    asked = Asked(prompts, tokenizer, _end_id(tokenizer))
    # Each time round, the holes lie at other places.
    holes = chain.from_iterable(asked.holes(functions, rng) for _ in cycle((0,)))
    return {
        "holes": chain.from_iterable(holes),
        "answers": chain.from_iterable(cycle(asked.answers(functions))),
    }


def written_ids(
    tokenizer: Tokenizer, architecture: str, engine: Engine, n_functions: int
) -> Tensor:
    """What the engine answers when it is asked for functions of the standard library, and fills in.

    A model that answers reads its own text, which is another than the library's.
    Shapes: -> [n, 512] int64, of `n_functions` questions and as many holes.

    Raises:
        UnsupportedModel: there are no prompts for the model's family.
        LeadsmanError: the engine fails.
    """
    library = Path(sysconfig.get_path("stdlib"))
    paths = (path.relative_to(library) for path in sorted(library.rglob("*.py")))
    own = [library / path for path in paths if _NO_PROGRAMS.isdisjoint(path.parts)]
    rng = random.Random(_SEED)
    functions = functions_of(own, rng)[:n_functions]
    prompts = PromptBuilder(detect_family(architecture, tokenizer), tokenizer)
    asked = Asked(prompts, tokenizer, _end_id(tokenizer))
    ids = list(chain.from_iterable(asked.written(functions, rng, engine)))
    n_whole = len(ids) // SEQUENCE_TOKENS
    return torch.tensor(ids[: n_whole * SEQUENCE_TOKENS]).view(n_whole, SEQUENCE_TOKENS)


def measured_ids(tokenizer: Tokenizer, n_sequences: int) -> Tensor:
    """Token ids of this project's own code. Shapes: -> [n_sequences, 512] int64.

    Raises:
        LeadsmanError: the packages lie there without their sources.
    """
    root = Path(__file__).parents[2]
    paths = [path for package in _OWN_PACKAGES for path in sorted((root / package).rglob("*.py"))]
    return _cut(tokenizer, paths, n_sequences)


def _end_id(tokenizer: Tokenizer) -> int | None:
    ends = (tokenizer.special_id(end) for end in _ENDS)
    return next((end for end in ends if end is not None), None)


def _cut(tokenizer: Tokenizer, paths: Iterable[Path], n_sequences: int) -> Tensor:
    """Whole sequences, spread evenly over the files."""
    sequences: list[list[int]] = []
    for path in paths:
        ids = tokenizer.encode(path.read_text(encoding="utf-8"))
        stops = range(SEQUENCE_TOKENS, len(ids) + 1, SEQUENCE_TOKENS)
        sequences += [ids[stop - SEQUENCE_TOKENS : stop] for stop in stops]
    if len(sequences) < n_sequences:
        raise LeadsmanError(
            f"there is code for {len(sequences)} sequences of {SEQUENCE_TOKENS} tokens, and "
            f"{n_sequences} are needed; install Python with its sources, or ask for fewer"
        )
    picked = [sequences[i * len(sequences) // n_sequences] for i in range(n_sequences)]
    return torch.tensor(picked)
