"""A text in units that change alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.bounded_cache import forget_all
from analyzers.finding import Span
from analyzers.units import split, split_like

ROOT = Path(__file__).parents[2]
TEXT = '''\
"""A docstring
x = "not a statement"
"""
import os


@decorated(
    1,
)
def f(a):
    return a
# a comment

class A(Base):
    field = 1

    @property
    def g(self):
        """Says
    def not_this(self)
        """
        return self.h(f(1))

    def h(self, a): self.kept = a


if x:
    pass
else:
    y = 2
'''


def test_statements_and_members_are_units() -> None:
    units = split(TEXT)
    firsts = [unit.text.strip().split("\n")[0] for unit in units]
    assert firsts == [
        '"""A docstring', "import os", "@decorated(", "class A(Base):", "field = 1", "@property",
        "def h(self, a): self.kept = a", "if x:",
    ]  # fmt: skip
    assert [unit.owner for unit in units] == [None, None, None, "A", "A", "A", "A", None]
    assert all(unit.facts.parses for unit in units)


def test_what_a_unit_defines_and_uses() -> None:
    of = {unit.text.strip().split("\n")[0]: unit.facts for unit in split(TEXT)}
    assert of["@decorated("].defines == {"f"}
    assert of["@property"].defines >= {"g"}
    assert "h" in of["@property"].attributes
    assert "f" in of["@property"].uses
    assert of["def h(self, a): self.kept = a"].fields == {"kept"}
    assert of["import os"].defines >= {"os"}
    assert "y" in of["if x:"].defines


def test_imports_lie_where_they_stand() -> None:
    text = "import a\nclass A:\n    def f(self):\n        from b import (c,\n            d)\n"
    spans = [span for unit in split(text) for span in unit.imports]
    assert [text[span.start : span.end] for span in spans] == [
        "import a", "from b import (c,\n            d)",
    ]  # fmt: skip


@given(st.text(st.sampled_from("ab =:()\"'#\n\r\t @\\clasdefx"), max_size=80))
def test_units_together_are_the_text(text: str) -> None:
    units = split(text)
    assert "".join(unit.text for unit in units) == text
    assert all(text[unit.span.start : unit.span.end] == unit.text for unit in units)


@pytest.mark.parametrize("path", sorted((ROOT / "analyzers").glob("*.py")), ids=lambda p: p.name)
def test_each_statement_of_a_real_file_lies_in_one_unit(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    starts = [unit.text.count("\n") for unit in split(text)]
    lines: list[int] = []
    for n_lines in starts:
        lines.append(lines[-1] + n_lines if lines else n_lines)
    for node in ast.parse(text).body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        last = node.end_lineno or first
        if not isinstance(node, ast.ClassDef):
            assert not any(first <= line < last for line in lines)


def test_a_field_without_a_value_is_defined() -> None:
    units = split("class A(Base):\n    number: int\n    name: str = ''\n")
    assert set().union(*(unit.facts.defines for unit in units)) >= {"number", "name"}


LINES = st.sampled_from(
    [
        "\n", "x = 1\n", "    y = 2\n", "@d\n", "    @p\n", "class A:\n",
        "class B(A):\n    z = 1\n",
        "def f(self):\n", "    def g(self): pass\n", "else:\n", "# it's\n", '"""', "'''", '"',
        "\\\n",
        "(", ")", "s = \"\"\"\nnot = 1\n\"\"\"\n", " ",
    ]
)  # fmt: skip


@given(st.lists(LINES, max_size=30), st.lists(LINES, max_size=4), st.data())
def test_a_text_like_a_known_one_is_cut_as_if_it_were_new(
    lines: list[str], more: list[str], data: st.DataObject
) -> None:
    document, inserted = "".join(lines), "".join(more)
    start = data.draw(st.integers(0, len(document)))
    end = data.draw(st.integers(start, min(len(document), start + 8)))
    text = document[:start] + inserted + document[end:]
    forget_all()
    split(document)
    found = split_like(text, Span(start, start + len(inserted)), document, Span(start, end))
    forget_all()
    assert found == split(text)


def test_units_far_from_a_change_are_those_of_the_document() -> None:
    document = (ROOT / "analyzers/units.py").read_text()
    at = document.index("return")
    forget_all()
    before = split(document)
    after = split_like(
        document[:at] + "x" + document[at:], Span(at, at + 1), document, Span(at, at)
    )
    assert after[0] is before[0]
    assert after[-1].facts is before[-1].facts
    assert after[-1].span.end == before[-1].span.end + 1
