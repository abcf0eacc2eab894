"""Languages by their identifiers and file names."""

from __future__ import annotations

import pytest

from lsp_server.completion.syntax import PLAIN, language_of, syntax_of


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("a.py", "python"),
        ("A.PY", "python"),
        ("dir.py/b.js", "javascript"),
        ("dir\\b.rs", "rust"),
        ("Makefile", "makefile"),
        (".py", "plaintext"),
        ("README", "plaintext"),
        ("a.unknown", "plaintext"),
        ("", "plaintext"),
    ],
)
def test_the_language_of_a_file_name(name: str, language: str) -> None:
    assert language_of(name) == language


def test_an_unknown_language_is_plain_text() -> None:
    assert syntax_of("klingon") is PLAIN
    assert not PLAIN.judges_brackets
