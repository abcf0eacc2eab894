"""Blocks around any sequence of indents."""

from __future__ import annotations

import ast
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.reading.logical import lex
from analyzers.reading.places import line_starts
from analyzers.reading.structure import build


def _built(text: str) -> str:
    rows = [text[a:b] for a, b in pairwise([*line_starts(text), len(text)])]
    return build(rows, lex(rows), ()).text


@pytest.mark.parametrize(
    ("text", "built"),
    [
        ("    a\n    b\n", "if True:\n    a\n    b\n"),
        ("    a\n  b\nc\n", "if True:\n  if True:\n    a\n  b\nc\n"),
        ("    a\n  except B:\n    c\n", "if True:\n  try:\n    a\n  except B:\n    c\n"),
        ("def f():\n", "def f(): pass\n"),
        ("if a:  # b\nc\n", "if a: pass  # b\nc\n"),
        ("try:\n  a\nb\n", "try:\n  a\nfinally: pass\nb\n"),
        ("try:\n  a\n", "try:\n  a\nfinally: pass\n"),
        ("@a\n", "@a\ndef _(): pass\n"),
        ("a\n  b\n", "a\nif True:\n  b\n"),
        ("a\nelse:\n  b\n", "a\nif 1:\n  b\n"),
        ("a\nelif b:\n  c\n", "a\nif   b:\n  c\n"),
        ("a\nexcept B as c:\n  d\n", "a\nwith   B as c:\n  d\n"),
        ("a\nexcept:\n  b\n", "a\nif 1  :\n  b\n"),
        ("a\nfinally:\n  b\n", "a\nif    1:\n  b\n"),
        ("if a:\n\tb\n        c\n", "if a:\n        b\n        c\n"),
    ],
)
def test_what_a_block_lacks_is_added(text: str, built: str) -> None:
    assert _built(text).replace("\n\n", "\n") == built
    ast.parse(built)


WORDS = st.sampled_from(
    [
        *("a", "if a:", "else:", "elif a:", "try:", "except A:", "except:", "finally:", "def f():"),
        *("class A:", "for a in b:", "while a:", "with a:", "return", "# c", "", "if a: b", "@a"),
    ]
)
INDENTS = st.sampled_from(["", " ", "  ", "    ", "\t", "\t\t", "  \t", "\f", "\f  "])


@given(st.lists(st.tuples(INDENTS, WORDS).map("".join), max_size=12))
def test_any_indents_and_heads_can_be_read(lines: list[str]) -> None:
    text = "".join(line + "\n" for line in lines)
    if text:
        ast.parse(_built(text))
