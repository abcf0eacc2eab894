"""Salts are drawn anew where they are handed on."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.vectors import drawn


def test_a_salt_that_is_handed_on_is_drawn(mend: Any) -> None:
    """As long as it was."""
    before = "import os\ndef f(p):\n    s = b'0123456789abcdef'\n    return s, «kdf(p, s)»\n"
    after = "import os\ndef f(p):\n    s = os.urandom(16)\n    return s, kdf(p, s)\n"
    assert mend(drawn, before) == after
    before = before.replace("b'0123456789abcdef'", "b'\\0' * 12")
    assert mend(drawn, before) == after.replace("16", "12")


@pytest.mark.parametrize(
    "before",
    [
        "def f(p):\n    s = b'0123456789abcdef'\n    return «kdf(p, s)»\n",
        "S = b'0123456789abcdef'\ndef f(p):\n    return S, «kdf(p, S)»\n",
        "def f(p):\n    return «kdf(p, b'0123456789abcdef')»\n",
        "def f(p):\n    s = b'abc'\n    return s, «kdf(p, s)»\n",
    ],
)
def test_a_salt_that_would_be_lost_is_left(mend: Any, before: str) -> None:
    """What was made with it could never be checked."""
    assert mend(drawn, before) is None
