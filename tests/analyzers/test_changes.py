"""Where an insertion falls, and what was there before."""

from __future__ import annotations

import pytest

from analyzers.changes import Change, locate
from analyzers.delta import Insertion
from analyzers.finding import Span

DOCUMENT = """\
import os


@app.route("/x")
def f(a,
      b):
    HERE
    return a


def g():
    pass
"""


def change(text: str, document: str = DOCUMENT) -> Change:
    """That of `text` in the place of HERE."""
    at = document.index("HERE")
    return locate(document.replace("HERE", ""), Insertion(Span(at, at), text))


@pytest.mark.parametrize(
    "text", ["x = 1", "if a:\n        b = f(1)", "return os.path.join(a, 'b')"]
)
def test_whole_statements_in_a_body_only_add(text: str) -> None:
    found = change(text)
    assert [unit.facts.defines for unit in found.changed] == [{"f"}]
    assert found.last - found.first == 1


@pytest.mark.parametrize(
    "text", ["x = (1", "def h(): pass", "global f", "import json", "x = '", "x = \\", "@h"]
)
def test_what_may_do_more_is_looked_at_without_the_insertion_too(text: str) -> None:
    assert len(change(text).changed) > 1


def test_in_the_head_of_a_function_it_does_more() -> None:
    document = DOCUMENT.replace("f(a,", "f(HERE,").replace("    HERE\n", "")
    assert len(change("a", document).changed) == 2


def test_a_decorator_that_is_put_above_changes_what_follows() -> None:
    document = DOCUMENT.replace("    HERE\n", "").replace("def g", "HEREdef g")
    found = change("@app.route('/y')\ndef h(): pass\n", document)
    assert {name for unit in found.changed for name in unit.facts.defines} == {"h"}
    without = document.replace("HERE", "@app.route('/y')\n")
    at = without.index("def g")
    found = locate(without, Insertion(Span(at, at), "def h(): pass\n\n\n"))
    assert {name for unit in found.changed for name in unit.facts.defines} == {"g", "h"}


def test_what_went_on_with_the_line_above_belongs_to_it() -> None:
    document = "def f(a):\n    b = a\nHERE    return b\n"
    found = change("x = 1\n", document)
    assert found.first == 0
