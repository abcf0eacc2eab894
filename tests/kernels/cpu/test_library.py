"""The library that is not there, or is none, is said to be so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kernels.cpu import library


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    library.library.cache_clear()
    yield
    library.library.cache_clear()


def test_a_library_that_was_not_compiled_is_told_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LEADSMAN_CPU_LIBRARY", str(tmp_path / "none.so"))
    with pytest.raises(library.LibraryMissing, match=r"python -m kernels\.cpu\.build"):
        library.library()
    assert library.kernel_sets() == ()


def test_a_file_that_is_no_library_is_told_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "bad.so"
    path.write_bytes(b"not a library")
    monkeypatch.setenv("LEADSMAN_CPU_LIBRARY", str(path))
    with pytest.raises(library.LibraryMissing, match="cannot be used"):
        library.library()


def test_plain_kernels_come_last_and_run_everywhere() -> None:
    assert library.kernel_sets()[-1] == "plain"


def test_a_library_of_other_sources_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "digest", lambda: "of other sources")
    with pytest.raises(
        library.LibraryMissing, match=r"other sources.*python -m kernels\.cpu\.build"
    ):
        library.library()
