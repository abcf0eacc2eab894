"""Fixtures shared by every package's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from codegen.errors import StoreError
from codegen.store.model import StoredModel
from codegen.store.store import Store

# A deadline is a timing assertion, and these machines are noisy.
settings.register_profile("leadsman", deadline=None)
settings.load_profile("leadsman")

# Data that may not be part of the project lies beside the checkout; tests that read it skip with
# this reason where it is absent.
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def default_model() -> StoredModel:
    """The real 0.5B model; `make model` fetches it, `-m "not model"` leaves its tests out."""
    try:
        return Store().find("qwen2.5-coder-0.5b")
    except StoreError as error:
        pytest.fail(f'{error} (or deselect with -m "not model")')


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips the tests of a device that is not here, saying so."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))
