"""What a parameter is given by the calls of its file."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.fixes.callers import parameter_of, values
from analyzers.fixes.places import loads


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("def f(a, x):\n    return x\nf(1, 2)\nf(1, x=3)\n", ["2", "3"]),
        ("def f(a, x=4):\n    return x\n", ["4"]),
        ("def f(*, x=5):\n    return x\n", ["5"]),
        ("f = lambda x: x\nf(6)\n", ["6"]),
        ("class A:\n    def f(self, x):\n        return x\nA().f(7)\n", ["7"]),
        ("def f():\n    x = 8\n    return x\n", ["8"]),
        ("def f(x):\n    return x\ng(9)\n", []),
    ],
)
def test_the_values_of_a_name(text: str, given: list[str]) -> None:
    """From calls, defaults and assignments."""
    code = Code(text, ast.parse(text))
    used = loads(code.tree, "x")[0]
    assert [ast.unparse(value) for value in values(code, used)] == given


def test_only_a_parameter_has_a_function() -> None:
    """A variable has none."""
    code = Code("y = 1\nf = lambda x: x + y\n", ast.parse("y = 1\nf = lambda x: x + y\n"))
    assert parameter_of(code, loads(code.tree, "y")[0]) is None
    assert parameter_of(code, loads(code.tree, "x")[0]) is not None
