"""Limits that make no sense are refused where they are written."""

from __future__ import annotations

import pytest

from analyzers.sandbox import Limits


@pytest.mark.parametrize("name", ["wall_s", "cpu_s", "memory_bytes", "open_files"])
def test_a_limit_of_nothing_is_refused_by_name(name: str) -> None:
    """The message names the field and its value."""
    with pytest.raises(ValueError, match=rf"Limits\.{name} is 0"):
        Limits(**{name: 0})
