"""Which rows a repair changes, and how."""

from __future__ import annotations

import pytest

from analyzers.reading.repair import MOST_UNREAD_LINES, Repair, Rows
from analyzers.reading.tolerance import parse_tolerant


def _repair(text: str, **given: object) -> Repair:
    return Repair(Rows(text.splitlines(keepends=True), **given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "built"),
    [
        ("x = a.", "x = a._\n"),
        ("x =", "x =_\n"),
        ("x = a +  # b\n", "x = a +_  # b\n"),
        ("f(a, b=", "f(a, b=_)\n"),
        ("f(a, b.", "f(a, b._)\n"),
        ("x = {'a", "x = {'a'}\n"),
        ("x = {'a': 1, 'b", "x = {'a': 1, 'b': _}\n"),
        ("x = {0: 1, 1", "x = {0: 1, 1: _}\n"),
        ("x = lambda", "x = lambda: _\n"),
        ("x = a if b", "x = a if b else _\n"),
        ("[a for a in", "[a for a in _]\n"),
        ("x = a an", "x = a and _\n"),
        ("x = 0x", "x = 0x0\n"),
        ("import", "import _\n"),
        ("import a.", "import a._\n"),
        ("from a impo", "from a import _\n"),
        ("from a", "from a import _\n"),
        ("if a", "if a: pass\n"),
        ("if a ==", "if a ==_: pass\n"),
        ("while", "while _: pass\n"),
        ("for a", "for a in _: pass\n"),
        ("for a in", "for a in _: pass\n"),
        ("def f", "def f(): pass\n"),
        ("def f(a, b=", "def f(a, b=_): pass\n"),
        ("def f(a) ->", "def f(a) ->_: pass\n"),
        ("def", "def _(): pass\n"),
        ("class A(B", "class A(B): pass\n"),
        ("class A", "class A: pass\n"),
        ("with open(a) as", "with open(a) as _: pass\n"),
        ("@a.", "@a._\ndef _(): pass\n"),
        ("try:", "try: pass\nfinally: pass\n"),
        ("print 'a' % b\n", "print( 'a' % b)\n"),
        ("exec a in b\n", "exec( a in b)\n"),
    ],
)
def test_a_line_is_completed_at_its_end(text: str, built: str) -> None:
    repair = _repair(text)
    found = repair.run()
    assert found is not None
    assert found.text == built
    assert not repair.unread


def test_what_is_no_python_is_left_out() -> None:
    repair = _repair("a = 1\nb c d\ne = 2\n")
    found = repair.run()
    assert found is not None
    assert found.text == "a = 1\n\ne = 2\n"
    assert repair.unread == {1}


def test_the_head_of_a_block_that_is_left_out_stays_a_head() -> None:
    repair = _repair("for a b in c:\n  d\n")
    found = repair.run()
    assert found is not None
    assert found.text == "if True:\n  d\n"
    assert found.dummies == {0}


def test_a_kept_row_is_never_left_out() -> None:
    assert _repair("a = 1\nb c d\ne = 2\n", kept=frozenset({1})).run() is None


def test_what_stands_behind_the_cursor_is_taken_out_last() -> None:
    repair = _repair("a = 1\nb = c d\n", kept=frozenset({1}), cursor=(1, 5))
    found = repair.run()
    assert found is not None
    assert found.text == "a = 1\nb = c\n"
    assert repair.cut_row == 1


def test_a_name_is_put_in_at_the_cursor() -> None:
    repair = _repair("f(a., b)\n", kept=frozenset({0}), cursor=(0, 4))
    found = repair.run()
    assert found is not None
    assert found.text == "f(a._, b)\n"


def test_no_more_than_a_few_rows_are_left_out() -> None:
    broken = "a b c\n"
    assert _repair("x = 1\n" + broken * MOST_UNREAD_LINES).run() is not None
    assert _repair("x = 1\n" + broken * (MOST_UNREAD_LINES + 1)).run() is None


def test_a_bracket_that_swallows_statements_is_closed_above_them() -> None:
    repair = _repair("x = f(a,\ny = 1\nz = 2\n")
    found = repair.run()
    assert found is not None
    assert found.text == "x = f(a,)\ny = 1\nz = 2\n"
    assert not repair.unread


def test_a_part_has_rows_of_its_own() -> None:
    rows = Rows(["a\n", "b\n", "c\n"], frozenset({0, 2}), (2, 1))
    assert rows.part(1, 3) == Rows(["b\n", "c\n"], frozenset({1}), (1, 1), first=1)
    assert rows.part(0, 2).cursor is None


def test_a_row_that_is_left_out_below_a_lone_carriage_return_stays_a_row() -> None:
    text = (
        "class _Reader:\n    tails: list[Span] = field(default_factory=lis\rf, node: ast.expr) -> "
        "list[Char | Hole] | None:\n        if isinstance(node, ast.Constant | ast.JoinedStr):\n"
        "            return self._literal(node)\n        if isinstance(node, ast.BinOp) and "
        "isinstance(node.op, ast.Add):\n    if left.options and right.options and "
        "len(left.options) * len(right.options) <= 8:"
    )
    parse_tolerant(text, None)
