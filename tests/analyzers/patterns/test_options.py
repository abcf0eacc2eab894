"""What `**options` give."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.patterns.options import in_options


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('o = {"a": 1}\nf(**o)', "1"),
        ("o = dict(a=2)\nf(**o)", "2"),
        ('f(**{"a": 3})', "3"),
        ('o = {}\no["a"] = 4\nf(**o)', "4"),
        ('class A:\n    o = {"a": 5}\n    def g(self):\n        f(**self.o)', "5"),
        ('class A:\n    o: dict = {"a": 6}\n    def g(self):\n        f(**self.o)', "6"),
        ('def o(b):\n    return {"a": 7}\nf(**o(1))', "7"),
        (
            'class A:\n    def o(self):\n        return {"a": 8}\n'
            "    def g(self):\n        f(**self.o())",
            "8",
        ),
        ('def o(b):\n    if b:\n        return {"a": 1}\n    return {}\nf(**o(1))', None),
        ('def o():\n    return {"a": 1}\nf(**x.o())', None),
        ('o = {"b": 1}\nf(**o)', None),
        ("f(**o)", None),
        ("f(o)", None),
    ],
)
def test_a_value_is_seen_where_the_options_are_spelled_out(text: str, value: str | None) -> None:
    code = Code(text, ast.parse(text))
    call = next(
        node
        for node in ast.walk(code.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "f"
    )
    found = in_options(code, call, "a")
    assert (None if found is None else ast.unparse(found)) == value
