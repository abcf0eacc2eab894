"""Nodes are found by their lines as a look at each of them would find them."""

from __future__ import annotations

import ast

import pytest

from analyzers.fixes.placed_nodes import PlacedNodes

TEXTS = (
    "",
    "a = 1",
    "def f(a):\n    if a:\n        g(\n            a,\n            [1,\n  2],\n        )\n"
    "    return a\n\n\n@f\n@g(\n    1\n)\nclass A:\n    def m(self): pass\n",
    "x = '''\n\n\n''' + f'''{a}\n{b}'''\n" * 9,
)


@pytest.mark.parametrize("text", TEXTS)
def test_the_nodes_of_any_lines_are_found_in_their_order(text: str) -> None:
    placed = PlacedNodes(ast.parse(text))
    n_lines = text.count("\n") + 2
    for first in range(n_lines):
        for last in range(first, n_lines):
            wanted = [
                node
                for node in placed.nodes
                if node.lineno <= last and first <= node.end_lineno  # type: ignore[attr-defined]
            ]
            assert placed.on_lines(first, last) == wanted


def test_a_line_costs_what_stands_on_it() -> None:
    """Not what the text holds: the other nodes are not looked at."""

    class Counted(ast.expr):
        n_looks = 0
        end_lineno = 0

        def __getattribute__(self, name: str) -> object:
            if name == "lineno":
                Counted.n_looks += 1
            return super().__getattribute__(name)

    tree = ast.parse("")
    for line in range(1, 2001):
        node = Counted()
        node.lineno = node.end_lineno = line
        tree.body.append(ast.Expr(node, lineno=line, end_lineno=line))
    placed = PlacedNodes(tree)
    Counted.n_looks = 0
    assert len(placed.on_lines(700, 700)) == 2
    assert Counted.n_looks < 10
