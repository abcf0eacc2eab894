"""Lines, columns and blanks of the same layout."""

from __future__ import annotations

import ast
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from analyzers.reading.places import Places, blank, filler, line_starts

TEXTS = st.text(alphabet="aé𝔘\r\n\f\x0b\x85\u2028 ", max_size=30)


@given(TEXTS)
def test_no_line_has_more_than_one_end_and_none_is_lost(text: str) -> None:
    names = "".join("a" if c in "é𝔘" else c for c in text)
    starts = line_starts(names)
    lines = [names[a:b] for a, b in pairwise([*starts, len(names)])]
    assert "".join(lines) == names
    assert all(line.count("\n") + line.count("\r") - line.count("\r\n") <= 1 for line in lines)


def test_a_column_counts_utf8_bytes_as_the_parser_does() -> None:
    text = "é = 1\r\nü = 'ß' + x\r"
    tree = ast.parse(text)
    name = next(n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "x")
    assert Places(text).place(text.index("x")) == (name.lineno, name.col_offset) == (2, 12)


@given(TEXTS)
def test_blanks_and_fillers_have_the_bytes_of_each_line(text: str) -> None:
    def n_bytes(rows: list[str]) -> list[int]:
        return [len(row.encode()) for row in rows]

    given_rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    blanks = blank(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert n_bytes([row.removesuffix("\\") for row in blanks]) == n_bytes(given_rows)
    assert set("".join(blanks)) <= {" ", "\\"}
    assert n_bytes(filler(text, "").split("\n")) == n_bytes(given_rows)
