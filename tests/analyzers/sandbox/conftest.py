"""One warm sandbox for all tests of a module, with limits that keep hostile programs short."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analyzers.sandbox import Limits, Sandbox

SHORT = Limits(wall_s=8.0, cpu_s=1.0, memory_bytes=256 << 20)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox with everything that this machine offers."""
    with Sandbox(SHORT) as started:
        yield started
