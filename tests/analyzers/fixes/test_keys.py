"""Keys are long enough."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.keys import long_enough


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("«RSA.generate(1024)»\n", "RSA.generate(2048)\n"),
        (
            "«rsa.generate_private_key(public_exponent=65537, key_size=512)»\n",
            "rsa.generate_private_key(public_exponent=65537, key_size=2048)\n",
        ),
        ("«ec.SECP192R1»\n", "ec.SECP256R1\n"),
    ],
)
def test_the_size_is_raised(mend: Any, before: str, after: str) -> None:
    """Of every library; curves too."""
    assert mend(long_enough, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "«RSA.generate(4096)»\n",
        "«RSA.generate(bits)»\n",
    ],
)
def test_sizes_that_hold_are_left(mend: Any, before: str) -> None:
    """And those that are not seen."""
    assert mend(long_enough, before) is None
