"""What a function hands on, as far as its file shows it."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.fixes.handed import defined, handed
from analyzers.fixes.places import loads


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("def f(x):\n    run(x)\nf(1)\nf(x=2)\n", ["1", "2"]),
        (
            "class A:\n    def f(self, x):\n        run(x)\n    def g(self):\n        self.f(3)\n",
            ["3"],
        ),
        ("def f(x):\n    run(x)\n", None),
        ("def f(x):\n    run(x)\nf(1)\nother(f)\n", None),
        ("def f(x):\n    run(x)\nf(*a)\n", None),
        ("def f(x):\n    x = x + 1\n    run(x)\nf(1)\n", None),
        ("def f(x):\n    run(x)\ndef f(y):\n    pass\nf(1)\n", None),
    ],
)
def test_all_that_is_given_is_seen_or_nothing(text: str, given: list[str] | None) -> None:
    code = Code(text, ast.parse(text))
    found = handed(code, loads(code.tree, "x")[-1])
    assert (None if found is None else [ast.unparse(value) for _, value in found.given]) == given


def test_a_call_means_the_one_function_of_its_name() -> None:
    text = "def f(): pass\ndef g(): pass\nclass A:\n    def g(self): pass\nf()\ng()\nh()\n"
    code = Code(text, ast.parse(text))
    calls = [node for node in ast.walk(code.tree) if isinstance(node, ast.Call)]
    names = [None if (it := defined(code, call)) is None else it.name for call in calls]
    assert names == ["f", None, None]
