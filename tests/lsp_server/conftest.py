"""A running server that the tests of one module share; each uses documents of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lsp_server.raw_client import Client


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """An initialized session with the scripted engine loaded."""
    with Client() as running:
        running.initialize()
        running.status(state="ready")
        yield running
