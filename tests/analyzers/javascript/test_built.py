"""Texts are taken apart into what the script writes and what comes in."""

from __future__ import annotations

import pytest

from analyzers.javascript.built import constant, is_built, pieces
from analyzers.javascript.script import ScriptCode


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sink('a')", ["a"]),
        ("sink(`a ${b} c`)", ["a ", "<b>", " c"]),
        ("sink('a' + b + 1)", ["a", "<b>", "1"]),
        ("const q = 'a'; sink(q + b)", ["a", "<b>"]),
        ("let q = 'a'; q += b; q += 'c'; sink(q)", ["a", "<b>", "c"]),
        ("sink(['a', b].join(' '))", ["a", "<b>"]),
        ("sink('a'.concat(b))", ["a", "<b>"]),
        ("sink(x ? 'a' : 'b')", ["a"]),
        ("sink(x ? 'a' : b)", ["<x ? 'a' : b>"]),
        ("let q = 'a'; if (x) { q = 'b' } sink(q)", ["b"]),
        ("let q = 'a'; if (x) { q = f() } sink(q)", ["<q>"]),
        ("function f(q) { sink(q) }", ["<q>"]),
        ("const { q } = r; sink(q)", ["<q>"]),
        ("sink(`a`)", ["a"]),
        ("sink(``)", [""]),
        ("sink(f(a))", ["<f(a)>"]),
    ],
)
def test_pieces_come_in_order(text: str, expected: list[str]) -> None:
    code = ScriptCode(text, "javascript")
    node = code.calls("sink")[0].arguments[0]
    found = [
        part if isinstance(part, str) else f"<{code.source(part)}>" for part in pieces(code, node)
    ]
    assert found == expected
    is_constant = not any(part.startswith("<") for part in expected)
    assert constant(code, node) == ("".join(expected) if is_constant else None)
    assert is_built(code, node) == (not is_constant and len(expected) > 1)
