"""Code to calibrate on and code to measure on, never the same and never from a network.

Calibration reads modules of the running Python's standard library, which is on every machine.
What is measured is this project's own code, which no model was trained on.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor

from codegen.errors import LeadsmanError
from codegen.foreign.prompts import FIM_MARKERS
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


def calibration_ids(tokenizer: Tokenizer, n_sequences: int) -> Tensor:
    """Token ids of the standard library's code. Shapes: -> [n_sequences, 512] int64.

    Every second sequence is asked for as an editor does, with a hole that is filled at its end,
    where the vocabulary has markers for that: what a matrix is fed there is not what it is fed
    where code goes straight on.

    Raises:
        LeadsmanError: this Python lacks the sources.
    """
    library = Path(sysconfig.get_path("stdlib"))
    paths = [library / f"{name}.py" for name in _STANDARD_MODULES]
    ids = _cut(tokenizer, [path for path in paths if path.is_file()], n_sequences)
    markers = hole_markers(tokenizer)
    if markers is not None:
        for i in range(1, n_sequences, 2):
            ids[i] = with_hole(ids[i], markers, hole=i)
    return ids


def hole_markers(tokenizer: Tokenizer) -> tuple[int, int, int] | None:
    """The ids of the markers before the prefix, the suffix and the middle."""
    for names in FIM_MARKERS:
        before, between, behind = (tokenizer.special_id(name) for name in names)
        if before is not None and between is not None and behind is not None:
            return before, between, behind
    return None


def with_hole(token_ids: Tensor, markers: tuple[int, int, int], hole: int) -> Tensor:
    """The sequence with a stretch of it moved behind its end, and its last three tokens dropped.

    Holes of different numbers lie at different places and are of 8 to 64 tokens.

    Shapes: token_ids [512] int64 -> the same.
    """
    kept = token_ids[:-3]
    n_hole = 8 + hole * 13 % 57
    start = 64 + hole * 97 % (len(kept) - 128 - n_hole)
    before, between, behind = (torch.tensor([marker]) for marker in markers)
    prefix, middle, suffix = kept[:start], kept[start : start + n_hole], kept[start + n_hole :]
    return torch.cat((before, prefix, between, suffix, behind, middle))


def measured_ids(tokenizer: Tokenizer, n_sequences: int) -> Tensor:
    """Token ids of this project's own code. Shapes: -> [n_sequences, 512] int64.

    Raises:
        LeadsmanError: the packages lie there without their sources.
    """
    root = Path(__file__).parents[2]
    paths = [path for package in _OWN_PACKAGES for path in sorted((root / package).rglob("*.py"))]
    return _cut(tokenizer, paths, n_sequences)


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
