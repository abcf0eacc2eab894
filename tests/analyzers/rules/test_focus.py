"""A rule that is asked about a part of a file says of it what it says of the whole."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from analyzers.code import Code
from analyzers.engines import bandit
from analyzers.finding import Span
from analyzers.registry import rules

SOURCES = sorted((Path(__file__).parent / "fixtures" / "python").glob("*.py"))


def said(code: Code, name: str) -> set[tuple[Span, str, str]]:
    registered = rules()[name]
    found = bandit.find(code) if registered.find is None else registered.find(code)
    return {(each.span, each.severity, each.confidence) for each in found if each.rule == name}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_each_finding_is_found_where_it_is_asked_for(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    for name, registered in rules().items():
        if "python" not in registered.rule.languages:
            continue
        for finding in said(Code(text, tree), name):
            place = finding[0]
            # The line in which it begins is what somebody types.
            start = text.rfind("\n", 0, place.start) + 1
            focus = Span(start, max(text.find("\n", start), place.start + 1))
            near = said(Code(text, tree, focus), name)
            assert finding in near, (name, text[start : focus.end])
