"""A finding's node is found whichever node a rule marks."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.finding import Finding, Span, Step
from analyzers.fixes.places import argument, bindings, block, call, statement

_TEXT = "def g():\n    a = f(1)\n    b = h(f(2), f(3)); f(4)\n    f(5)\n"


def _call(start: int, end: int, *steps: int) -> str | None:
    code = Code(_TEXT, ast.parse(_TEXT))
    placed = tuple(Step(Span(step, step + 4), "") for step in steps)
    found = call(code, Finding("a-rule", 1, "high", "high", Span(start, end), "", placed), "f")
    return None if found is None else code.source(found)


@pytest.mark.parametrize(
    ("marked", "found"),
    [
        ("f(3)", "f(3)"),
        ("h(f(2), f(3))", "f(2)"),
        ("2", "f(2)"),
        ("a = f(1)", "f(1)"),
        ("a ", "f(1)"),
        ("b ", "f(2)"),
        ("f(4)", "f(4)"),
        ("def", None),
    ],
)
def test_the_nearest_wanted_node_is_taken(marked: str, found: str | None) -> None:
    """Itself, inside, around, in its line."""
    start = _TEXT.index(marked)
    assert _call(start, start + len(marked)) == found


def test_steps_are_asked_after_the_finding_itself() -> None:
    """The last one first."""
    one, five = _TEXT.index("f(1)"), _TEXT.index("f(5)")
    assert _call(0, 3, one, five) == "f(5)"


def test_arguments_are_found_by_place_and_by_name() -> None:
    """Not behind what is spread."""
    node = ast.parse("f(1, *a, 2, k=3)", mode="eval").body
    assert isinstance(node, ast.Call)
    assert ast.unparse(argument(node, 0, "x") or node) == "1"
    assert ast.unparse(argument(node, 0, "k") or node) == "3"
    assert argument(node, 2, "x") is None
    assert argument(node, 9, "x") is None


def test_statements_know_their_neighbours() -> None:
    """Also below an `else`."""
    text = "if a:\n    b\nelse:\n    c(1)\n    d\n"
    code = Code(text, ast.parse(text))
    inner = next(node for node in ast.walk(code.tree) if isinstance(node, ast.Constant))
    assert code.source(statement(code, inner)) == "c(1)"
    assert [code.source(node) for node in block(code, statement(code, inner))] == ["c(1)", "d"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("q = 1\nif a:\n    q += 2\n", [1, 3]),
        ("for q in a: pass\n", None),
        ("with a as q: pass\n", None),
        ("q, b = a\n", None),
        ("q = b = a\n", None),
        ("def f(q): pass\n", None),
        ("def f():\n    q = 1\n", []),
        ("a = 1\n", []),
    ],
)
def test_bindings_are_assignments_and_nothing_else(text: str, lines: list[int] | None) -> None:
    """None where the value cannot be told."""
    code = Code(text, ast.parse(text))
    found = bindings(code, code.tree, "q")
    assert (None if found is None else [node.lineno for node in found]) == lines
