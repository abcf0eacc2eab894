"""What an expression is known to be, and what it must not be taken for."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.patterns.constants import UNKNOWN, number_of, text_of, value_of


def asked(text: str) -> tuple[Code, ast.expr]:
    """A text and the argument of its call of `ask`."""
    code = Code(text, ast.parse(text))
    (call,) = [c for c in code.nodes(ast.Call) if code.name(c.func) == "ask"]
    return code, call.args[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ask(3)", 3), ("ask(-3)", -3), ("ask(not 1)", False), ("ask(2 * 512 + 1)", 1025),
        ("ask('a' + 'b')", "ab"), ("x = 1\nask(x)", 1), ("x = 1\nx = 1\nask(x)", 1),
        ("def f():\n    x = 2\n    ask(x)\nx = 1", 2), ("x = 1\ndef f():\n    ask(x)", 1),
        ("def f():\n    x = 1\n    def g():\n        ask(x)", 1), ("x: int = 4\nask(x)", 4),
        ("a = 1\nb = a + 1\nask(b)", 2), ("class A:\n    x = 2\nx = 1\nask(x)", 1),
    ],
)  # fmt: skip
def test_literals_and_names_bound_once_are_known(text: str, value: object) -> None:
    answer = value_of(*asked(text))
    assert (answer, type(answer)) == (value, type(value))


@pytest.mark.parametrize(
    "text",
    [
        "ask(x)", "x = 1\nx = 2\nask(x)", "x = 1\nx = True\nask(x)", "x = 1\nx += 1\nask(x)",
        "x = 1\ndef f(x):\n    ask(x)", "for x in y:\n    ask(x)", "with y as x:\n    ask(x)",
        "x = 1\ndef f():\n    global x\n    x = 2\nask(x)", "import x\nx = 1\nask(x)",
        "x = 1\nf = lambda x: ask(x)", "ask(1 // 0)", "ask('a' * 9)", "ask(9 ** 9)",
        "x = y\ny = x\nask(x)", "ask('a' + 1)", "x, y = 1, 2\nask(x)", "ask(f'{x}')",
        "class A:\n    x = 2\nask(x)", "try:\n    x = 1\nexcept E as x:\n    ask(x)",
    ],
)  # fmt: skip
def test_what_may_be_something_else_is_unknown(text: str) -> None:
    assert value_of(*asked(text)) is UNKNOWN


def test_a_kind_is_asked_for_by_name() -> None:
    assert text_of(*asked("ask('a')")) == "a"
    assert text_of(*asked("ask(1)")) is None
    assert number_of(*asked("ask(1)")) == 1
    assert number_of(*asked("ask(True)")) is None
