"""The files that are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.latency.errors import SetUpError
from evals.latency.sources import read_sources


def test_the_standard_library_gives_files_of_several_sizes() -> None:
    n_lines = [len(source.text.splitlines()) for source in read_sources([])]
    assert min(n_lines) < 100
    assert any(200 < n < 500 for n in n_lines)
    assert max(n_lines) > 1000


def test_given_files_keep_their_line_ends_and_tell_their_language(tmp_path: Path) -> None:
    path = tmp_path / "a.rs"
    path.write_bytes(b"\xef\xbb\xbffn main() {}\r\n")
    (source,) = read_sources([path])
    assert (source.name, source.language_id, source.text) == ("a.rs", "rust", "fn main() {}\r\n")


def test_a_file_that_is_absent_or_binary_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetUpError, match=r"none\.py: No such file"):
        read_sources([tmp_path / "none.py"])
    (tmp_path / "b.py").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SetUpError, match=r"b\.py: not UTF-8"):
        read_sources([tmp_path / "b.py"])
