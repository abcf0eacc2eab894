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

    Raises:
        LeadsmanError: this Python lacks the sources.
    """
    library = Path(sysconfig.get_path("stdlib"))
    paths = [library / f"{name}.py" for name in _STANDARD_MODULES]
    return _cut(tokenizer, [path for path in paths if path.is_file()], n_sequences)


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
