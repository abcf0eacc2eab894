"""What an insertion may have to do with in its function."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.finding import Span
from analyzers.influence import touched_names

AROUND = """\
import os
from tools import show


def own(x):
    return x


def f(a, items):
    b = a
    HERE
    c = b
    if c:
        os.popen(c)
    for d in items:
        eval(d)
    match b:
        case [e]:
            exec(e)
    return items
"""


def names(text: str, around: str = AROUND) -> frozenset[str] | None:
    """Those touched by `text` in the function's body."""
    at = around.index("HERE")
    whole = around.replace("HERE", text)
    return touched_names(Code(whole, ast.parse(whole)), Span(at, at + len(text)))


@pytest.mark.parametrize(
    "text", ["b = 1", "b += a", "b.c = 1", "own(b)", "b.append(a)", "(b := a)"]
)
def test_what_gets_another_value_reaches_all_that_is_made_of_it(text: str) -> None:
    found = names(text)
    assert found is not None
    assert {"popen", "exec", "c"} <= found
    assert "eval" not in found


@pytest.mark.parametrize(
    "text", ["print(b)", "show(b)", "log.info(b)", "x = b", "return b", "raise ValueError(b)"]
)
def test_what_is_only_read_reaches_nothing(text: str) -> None:
    found = names(text)
    assert found is not None
    assert found.isdisjoint({"popen", "exec", "eval"})


def test_what_stands_in_the_insertion_is_touched() -> None:
    assert "system" in (names("os.system(a)") or ())
    assert "eval" in (names("__builtins__['eval'](a)") or ())
    assert "shell" in (names("x(a, shell=True)") or ())


def test_a_head_decides_over_what_is_below_it() -> None:
    around = AROUND.replace("HERE", "if HERE:\n        os.system('x')")
    found = names("a", around)
    assert found is not None
    assert "system" in found
    assert "popen" not in found


def test_a_condition_that_changes_touches_what_it_decides_over() -> None:
    around = AROUND.replace("    if c:\n        os.popen(c)", "    if c:\n        os.popen('ls')")
    assert "popen" in (names("b = 1", around) or ())


def test_outside_of_functions_nothing_is_said() -> None:
    assert names("x = 1", "HERE\ndef f(): pass\n") is None
    assert names("x", "def f(HERE):\n    pass\n") is None
