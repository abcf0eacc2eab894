"""What a parameter is where it is left out."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.patterns.defaults import default_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("def f(a, x=1):\n    return x", "1"),
        ("def f(*, x=2):\n    return x", "2"),
        ("class A:\n    def __init__(self, x=3):\n        self.y = x\n"
         "    def f(self):\n        return self.y", "3"),
        ("def f(x=1):\n    x = 4\n    return x", None),
        ("def f(x):\n    return x", None),
        ("def f(x=1):\n    return z", None),
    ],
)  # fmt: skip
def test_a_default_is_found_by_the_name_or_the_attribute(text: str, value: str | None) -> None:
    code = Code(text, ast.parse(text))
    answer = [node for node in ast.walk(code.tree) if isinstance(node, ast.Return)][-1].value
    assert answer is not None
    found = default_of(code, answer)
    assert (None if found is None else ast.unparse(found)) == value
