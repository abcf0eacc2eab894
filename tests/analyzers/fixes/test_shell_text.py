"""Commands are split as a shell splits them, or not at all."""

from __future__ import annotations

import ast
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.code import Code
from analyzers.fixes.literals import Char
from analyzers.fixes.shell_text import words
from analyzers.fixes.templates import template


def _words(command: str) -> list[str] | None:
    source = repr(command)
    code = Code(source, ast.parse(source, mode="exec"))
    statement = code.tree.body[0]
    assert isinstance(statement, ast.Expr)
    made = template(code, statement.value)
    found = words(made.parts) if made is not None else []
    if found is None:
        return None
    return ["".join(p.char if isinstance(p, Char) else "\0" for p in word) for word in found]


@given(st.lists(st.sampled_from(["ls", "-l", "'a b'", '"c  d"', "x=1", "e'f'g", "''", " "])))
def test_plain_commands_are_split_like_shlex_does(parts: list[str]) -> None:
    """Which is the shell's own way."""
    command = " ".join(parts)
    assert _words(command) == shlex.split(command)


@pytest.mark.parametrize(
    "command",
    ["a | b", "a; b", "a && b", "a > b", "a $B", "a `b`", "ls *", "~/a", "a 'b", '"$A"', "a\nb",
     "(a)"],
)  # fmt: skip
def test_what_only_a_shell_can_do_is_not_split(command: str) -> None:
    """Pipes, variables, patterns, quotes that stay open."""
    assert _words(command) is None
