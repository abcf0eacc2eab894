"""Every rule finds what its fixture marks, on the marked lines, and nothing else in it.

A fixture is `fixtures/<language>/<module of the rule>.<ending>`. A line that ends in a comment with
`expect: RULE` must have a finding of that rule that starts there; every other line must have none
of any rule.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from analyzers.check import scan
from analyzers.registry import rules

FIXTURES = Path(__file__).parent / "fixtures"
_MARK = re.compile(r"(?:#|//) expect: ([a-z0-9-]+(?:, [a-z0-9-]+)*)\s*$")


def _files() -> list[Path]:
    return sorted(path for path in FIXTURES.rglob("*") if path.is_file())


def _marked(text: str) -> Counter[tuple[int, str]]:
    return Counter(
        (number, rule)
        for number, line in enumerate(text.split("\n"), start=1)
        if (mark := _MARK.search(line))
        for rule in mark[1].split(", ")
    )


@pytest.mark.parametrize("path", _files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_fixture_has_the_marked_findings_and_no_others(path: Path) -> None:
    text = path.read_bytes().decode()
    report = scan(text, path.parent.name)
    assert report.is_checked, report.why
    found = Counter(
        (text.count("\n", 0, finding.span.start) + 1, finding.rule) for finding in report.findings
    )
    assert found == _marked(text)


@pytest.mark.parametrize("name", sorted(rules()))
def test_every_rule_has_a_fixture_with_a_finding_and_a_line_without(name: str) -> None:
    registered = rules()[name]
    stem = registered.module.__name__.rpartition(".")[2]
    paths = [path for path in _files() if path.stem == stem]
    assert paths, f"no fixture is called {stem}"
    for path in paths:
        marked = {line for line, rule in _marked(path.read_text()) if rule == name}
        assert marked
        assert len(path.read_text().splitlines()) > len(marked)
