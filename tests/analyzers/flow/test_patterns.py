from __future__ import annotations

import pytest

from analyzers.flow.patterns import is_restrictive


@pytest.mark.parametrize(
    "pattern",
    [
        r"[a-z0-9.-]+", r"^[\w.\-]+$", r"[A-Za-z_][A-Za-z0-9_]*", r"\d{4}-\d\d", r"[\w@+.-]{1,64}",
        r"[-a-z]+",
    ],
)  # fmt: skip
def test_plain_signs_are_restrictive(pattern: str) -> None:
    assert is_restrictive(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r".+", r"[^a]+", r"\S+", r"[ -~]+", r"[a-z;]+", r"[+-;]+", r"[a-z/]+", r"[a-z$()]+",
        r"a|.*",        r"[\W]+", r"[]'a]+", r"[.-Z]+", r"[\/a]+", r"[\x00-z]+",
    ],
)  # fmt: skip
def test_signs_that_mean_something_are_not(pattern: str) -> None:
    assert not is_restrictive(pattern)
