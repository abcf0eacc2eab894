"""What the end of a prefix tells."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

from analyzers.boundaries import boundaries
from analyzers.endings import (
    chain_ends,
    is_of_requests,
    is_waiting,
    may_begin_elsewhere,
    may_leave,
    says_nothing_new,
    unknown_name,
)
from analyzers.openness import states
from analyzers.vocabulary import vocabulary

SOURCES = sorted((Path(__file__).parents[2] / "analyzers").glob("*.py"))


@pytest.mark.parametrize("path", random.Random(1).sample(SOURCES, 12), ids=lambda path: path.stem)
def test_what_waits_for_more_does_not_parse(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    ends = boundaries(text)[:: max(1, len(text) // 2000)]
    waiting = [text[:end] for end in ends if is_waiting(text[:end])]
    assert waiting
    for prefix in waiting:
        is_comment = "#" in prefix.rpartition("\n")[2]
        (state,) = states(prefix, [len(prefix)])
        if not is_comment and not state.quote:
            with pytest.raises(SyntaxError):
                ast.parse(prefix)


@pytest.mark.parametrize(
    "prefix", ["x", "x = ...", "x = 1.", "return", "x,", "from a import *", "a.in_"]
)
def test_what_can_run_waits_for_nothing(prefix: str) -> None:
    assert not is_waiting(prefix)


def test_a_name_that_occurs_nowhere_else_is_unknown() -> None:
    said = vocabulary(["total_sum = request.args\nvalue()\nit.held\n"])
    assert unknown_name("x = total_", said) == 4
    assert unknown_name("x = a.fra", said) == 6
    for known in (
        "x = value",
        "x = total_sum",
        "y.held",
        "x = request.form",
        "x = open",
        "x = ",
        "x)",
    ):
        assert unknown_name(known, said) is None


def test_a_prefix_may_begin_in_a_request_where_the_whole_takes_something_harmless() -> None:
    said = vocabulary(["x = request.method\nuser = 1\nuser_id = 2\n"])
    assert may_begin_elsewhere("x = request.method", len("x = request"), said)
    assert may_begin_elsewhere("x = user_id", len("x = user"), said)
    assert not may_begin_elsewhere("x = user_id", len("x = user_id"), said)
    assert not may_begin_elsewhere("x = user.a", len("x = user"), said)
    assert not may_begin_elsewhere("x = f(1)", len("x = f(1)"), said)


@pytest.mark.parametrize("line", ["return x", "if a: return", "sys.exit(1)", "while True: pass"])
def test_what_ends_a_block_may_leave_it(line: str) -> None:
    assert may_leave(line)


def test_a_part_of_a_name_leaves_nothing() -> None:
    assert not may_leave("returned = exit_code")


@pytest.mark.parametrize(
    "line", ["    return", "if a", "with open(x) as f", "for a in b(c)", "def f"]
)
def test_a_head_without_its_colon_and_a_bare_return_say_nothing_new(line: str) -> None:
    assert says_nothing_new(line)


@pytest.mark.parametrize(
    "line",
    [
        "return x",
        "if a: b",
        "if a:",
        "for a in b]",
        "match = eval(x)",
        'if a"""',
        "classes = eval(x)",
        "x = 1",
    ],
)
def test_what_can_run_may_say_something_new(line: str) -> None:
    assert not says_nothing_new(line)


@pytest.mark.parametrize(
    ("line", "first", "last"),
    [
        ("    return a.b.c", "a", "a.b.c"),
        ("self.x = name", "name", "name"),
        ("x = a.b  ", "a", "a.b"),
        ("row.cell", "row", "row.cell"),
    ],
)
def test_a_line_that_only_reads_is_a_chain(line: str, first: str, last: str) -> None:
    found = chain_ends(line)
    assert found is not None
    ends = [line[: len(line) - back] for back in found]
    assert ends[0].endswith(first)
    assert ends[1].endswith(last)


@pytest.mark.parametrize(
    "line", ["return f(a)", "x = a[0]", "x = a + b", "x += a", "await a", "x = 1", "", "a, b = c"]
)
def test_a_line_that_does_more_is_none(line: str) -> None:
    assert chain_ends(line) is None


def test_what_stands_for_a_request_is_known_by_its_name() -> None:
    assert is_of_requests("x = self.form")
    assert is_of_requests("request.anything")
    assert not is_of_requests("x = self.conn.cursor")
