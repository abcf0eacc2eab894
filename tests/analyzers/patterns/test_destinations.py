"""Where the value of a call goes on to."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.patterns import destinations


def _reaches(text: str) -> bool:
    """Whether what `made()` gives reaches something that is called a token."""
    code = Code(text, ast.parse(text))
    call = next(
        each
        for each in code.nodes(ast.Call)
        if isinstance(each.func, ast.Name) and each.func.id == "made"
    )
    return destinations.some(code, call, lambda name: "token" in name)


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    token = made()",
        "def f():\n    a = made()\n    b = str(a)\n    token = b",
        "def f(store):\n    a = made()\n    store['token'] = a",
        "def f(store, token):\n    a = made()\n    store[token] = a",
        "def f(send):\n    a = made()\n    send(token=a)",
        "def f():\n    a = made()\n    save_token(a)",
        "def f():\n    a = made()\n    return {'token': a}",
        "def f(send):\n    a = made()\n    send(f'your token is {a}')",
        "def f():\n    a = []\n    a.append(made())\n    token = ''.join(a)",
        "def f():\n    for a in made():\n        token = a",
        "a = made()\ntoken = a",
    ],
)
def test_a_value_is_followed_through_the_variables_of_its_function(text: str) -> None:
    assert _reaches(text)


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    a = made()\n    b = token",
        "def f(token):\n    a = made()\n    return a",
        "def f():\n    a = made()\ndef g(a):\n    token = a",
        "def f():\n    a = made()\n    a = a + a\n    return a",
        "def f():\n    if made() < 0.5:\n        token = 1",
    ],
)
def test_what_only_stands_beside_it_does_not_count(text: str) -> None:
    assert not _reaches(text)
