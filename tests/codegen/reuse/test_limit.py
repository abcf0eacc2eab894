"""The limit of the memory for prompts."""

from __future__ import annotations

import pytest

from codegen.reuse.limit import most_kept_bytes

GB = 1 << 30


@pytest.mark.parametrize(
    ("wanted_mb", "memory", "expected"),
    [(256, 4 * GB, GB // 4), (256, 64 * GB, GB // 4), (256, 2 * GB, GB // 8), (0, 4 * GB, 0)],
)
def test_a_small_machine_keeps_less_than_is_wanted(
    wanted_mb: int, memory: int, expected: int
) -> None:
    assert most_kept_bytes(wanted_mb, memory) == expected


def test_this_machine_keeps_some() -> None:
    assert 0 < most_kept_bytes(1) <= 1 << 20
