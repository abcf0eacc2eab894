"""An insertion into a script brings what the file has more with it, wherever that stands."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from analyzers.check import Insertion, check, scan
from analyzers.finding import Span
from analyzers.report import Report

_FIXTURES = Path(__file__).parents[1] / "rules" / "fixtures"
_PATHS = sorted([*_FIXTURES.glob("javascript/*.js"), *_FIXTURES.glob("typescript/*.ts")])


def _kinds(report: Report) -> Counter[tuple[str, str, str]]:
    return Counter((f.rule, f.severity, f.confidence) for f in report.findings)


@pytest.mark.parametrize("path", _PATHS, ids=lambda path: path.name)
def test_each_line_of_a_fixture_brings_what_the_file_has_more_with_it(path: Path) -> None:
    language = path.parent.name
    text = path.read_text()
    whole = _kinds(scan(text, language))
    lines = text.splitlines(keepends=True)
    compared = 0
    for number, line in enumerate(lines):
        before, after = "".join(lines[:number]), "".join(lines[number + 1 :])
        without = scan(before + after, language)
        if without.level != "whole file" or not line.strip():
            continue
        insertion = Insertion(Span(len(before), len(before)), line)
        found = check(before + after, insertion, language)
        # A finding that has another source now is brought too.
        assert not (whole - _kinds(without)) - _kinds(found), line
        assert not _kinds(found) - whole, line
        compared += 1
    assert compared >= 2


@pytest.mark.parametrize(
    ("before", "inserted", "after"),
    [
        ("let command = 'ls';\n", "command = req.query.a;\n", "function f() { exec(command); }\n"),
        ("", "const a = req.query.a;\n", "function f() { eval(a); }\n"),
        ("let a = '';\n", "if (x) { a = req.query.a; }\n", "function f() { eval(a); }\n"),
        ("", "const { exec: run } = require('child_process');\n", "f(() => run(req.query.a));\n"),
        ("", "import { exec as run } from 'child_process';\n", "f(() => run(req.query.a));\n"),
        ("let a = '';\n", "for (a of req.body.all) { f(a); }\n", "function f() { eval(a); }\n"),
    ],
)
def test_what_gives_a_name_of_the_file_another_value_is_followed_into_functions(
    before: str, inserted: str, after: str
) -> None:
    insertion = Insertion(Span(len(before), len(before)), inserted)
    assert check(before + after, insertion, "javascript").verdict == "block"
