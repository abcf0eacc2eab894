"""What is missing at a place is taken out of the tree."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.finding import Span
from analyzers.holes import Hole, without_hole
from analyzers.reading.parsing import Problem
from analyzers.reading.tolerance import parse_tolerant


def emptied(text: str, *, is_glued: bool = False) -> tuple[str, int]:
    """The tree of a text with the part missing at HERE taken out, and how many calls are open."""
    at = text.index("HERE")
    text = text.replace("HERE", "")
    read = parse_tolerant(text, Span(at, at))
    assert not isinstance(read, Problem)
    code = Code(text, read.tree, opened=read.open)
    found = without_hole(code, Hole(at, is_glued=is_glued))
    calls = sum(found.is_open(node) for node in ast.walk(found.tree) if isinstance(node, ast.Call))
    return ast.unparse(found.tree), calls


@pytest.mark.parametrize(
    ("text", "tree", "n_open"),
    [
        ("f(a, b=HERE)\n", "f(a)", 1),
        ("f(a, HERE)\n", "f(a)", 0),
        ("f('x' + HERE)\n", "f('x' + '')", 0),
        ("f('x' + HERE", "f('x' + '')", 1),
        ("f(f'x{HERE}')\n", "f(f\"x{''}\")", 0),
        ("x = HERE\n", "x = ''", 0),
        ("x = _HERE\n", "x = _", 0),
        ("f(aHERE)\n", "f(a)", 0),
    ],
)
def test_an_argument_is_left_out_and_any_other_expression_is_empty(
    text: str, tree: str, n_open: int
) -> None:
    assert emptied(text) == (tree, n_open)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("f(aHERE)\n", "f()"),
        ("f('x' + a.bHERE)\n", "f('x' + '')"),
        ("f(a)HERE\n", "f(a)"),
        ("f(a + cHERE, a)\n", "f(a + '', a)"),
        ("aHERE = 1\n", "a = 1"),
    ],
)
def test_a_name_that_is_typed_on_is_missing_too(text: str, tree: str) -> None:
    assert emptied(text, is_glued=True)[0] == tree


def test_what_is_missing_elsewhere_stays() -> None:
    assert emptied("x = 1HERE\nf('x' + ")[0] == "x = 1\nf('x' + _)"
