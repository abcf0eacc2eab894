"""Types of command-line arguments that every evaluation shares."""

from __future__ import annotations

import argparse
import math
import re


def positive(text: str) -> int:
    """A whole number from 1."""
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: at least 1 is needed")
    return number


def temperature(text: str) -> float:
    """A finite number from 0."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    if not (math.isfinite(number) and number >= 0):
        raise argparse.ArgumentTypeError(f"{text}: a finite number from 0 is needed")
    return number


def seed(text: str) -> int:
    """A whole number from 0 that leaves room for a seed of each sample in 64 bits."""
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(f"{text!r}: a whole number from 0, of 18 digits at most")
    return int(text)


def device(text: str) -> str:
    """A device that the engine runs on."""
    if not re.fullmatch(r"cpu|cuda(:[0-9]{1,3})?", text):
        raise argparse.ArgumentTypeError(f"{text!r}: cpu, cuda or cuda:N is needed")
    return text
