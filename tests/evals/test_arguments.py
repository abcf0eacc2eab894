"""What an option takes is said when it is read, not after the model is loaded."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import pytest

from evals.arguments import device, positive, seed, temperature


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (positive, "3", 3),
        (temperature, "0", 0.0),
        (temperature, "0.8", 0.8),
        (seed, "0", 0),
        (seed, "9" * 18, 10**18 - 1),
        (device, "cpu", "cpu"),
        (device, "cuda:1", "cuda:1"),
    ],
)
def test_good_values_are_read(read: Callable[[str], object], text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (positive, "0"),
        (positive, "-1"),
        (positive, "x"),
        (positive, "1.5"),
        (temperature, "nan"),
        (temperature, "inf"),
        (temperature, "-1"),
        (temperature, "warm"),
        (seed, "-1"),
        (seed, "9" * 19),
        (seed, "٣"),
        (device, "nosuch"),
        (device, "cuda:"),
        (device, ""),
    ],
)
def test_others_are_refused_with_what_is_needed(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        read(text)
