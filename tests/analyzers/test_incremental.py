"""Looking only at what an insertion touches gives what looking at everything gives."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from analyzers.bounded_cache import forget_all
from analyzers.delta import Insertion
from analyzers.finding import Finding, Span
from analyzers.incremental import Place
from analyzers.project import NO_PROJECT
from tests.analyzers.plain_place import BUDGET_S, plain_place

ROOT = Path(__file__).parents[2]
FIXTURES = sorted((ROOT / "tests/analyzers/rules/fixtures/python").glob("*.py"))
OURS = sorted((ROOT / "analyzers").rglob("*.py"))


def edit(rng: random.Random, text: str, other: str) -> tuple[str, Insertion]:
    """Lines taken out of a text and put back, taken away, or replaced by some of another text."""
    lines = text.splitlines(keepends=True)
    first = rng.randrange(len(lines))
    n = min(rng.choice((1, 1, 2, 4)), len(lines) - first)
    start = sum(map(len, lines[:first]))
    cut = "".join(lines[first : first + n]).rstrip("\n")
    kind = rng.randrange(4)
    if kind == 0:
        at = rng.randint(0, len(cut))
        document = text[: start + at] + text[start + len(cut) :]
        return document, Insertion(Span(start + at, start + at), cut[at:])
    span = Span(start, start + len(cut))
    if kind == 1:
        return text, Insertion(span, "")
    given = other.splitlines(keepends=True)
    at = rng.randrange(len(given))
    return text, Insertion(span if kind == 2 else Span(start, start), "".join(given[at : at + n]))


ROUTE = """\
import os
from fastapi import FastAPI
app = FastAPI()


def above():
    return 1


@app.get("/ping/{host}")
def ping(host: str):
    os.system("ping " + host)
"""


def without_fixes(findings: tuple[Finding, ...]) -> list[Finding]:
    """The findings alone: where a fix puts an import depends on what else was read."""
    return [replace(finding, fix=None) for finding in findings]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_edits_of_files_full_of_findings_bring_the_same(path: Path) -> None:
    rng = random.Random(path.name)
    text = path.read_text(encoding="utf-8")
    for _ in range(8):
        document, insertion = edit(rng, text, rng.choice(FIXTURES).read_text(encoding="utf-8"))
        plain, seen = plain_place(document, insertion).brings(insertion.text)
        place = Place(document, insertion, "python", NO_PROJECT, BUDGET_S)
        found, looked = place.brings(insertion.text)
        if seen.level == looked.level:
            assert without_fixes(found) == without_fixes(plain), (document, insertion)
        else:
            # Less was read, and said so; what was found is there in any case.
            assert looked.level in ("enclosing function", "fragment", "repaired")


def test_edits_of_this_package_bring_the_same() -> None:
    rng = random.Random(3)
    for _ in range(25):
        text = rng.choice(OURS).read_text(encoding="utf-8")
        document, insertion = edit(rng, text, rng.choice(OURS).read_text(encoding="utf-8"))
        plain, _ = plain_place(document, insertion).brings(insertion.text)
        place = Place(document, insertion, "python", NO_PROJECT, BUDGET_S)
        found, _ = place.brings(insertion.text)
        assert without_fixes(found) == without_fixes(plain), (document, insertion)


def test_a_second_look_with_full_caches_is_the_same() -> None:
    text = FIXTURES[0].read_text(encoding="utf-8")
    at = text.index("\n") + 1
    insertion = Insertion(Span(at, at), "    assert user.is_admin\n")

    def look() -> object:
        return Place(text, insertion, "python", NO_PROJECT, BUDGET_S).brings(insertion.text)[0]

    forget_all()
    first = look()
    assert first
    assert look() == first


def test_a_decorator_that_is_taken_away_concerns_the_function_below() -> None:
    text = ROUTE
    start = text.index("@app.get")
    insertion = Insertion(Span(start, text.index("\n", start)), "")
    plain, _ = plain_place(text, insertion).brings("")
    found, _ = Place(text, insertion, "python", NO_PROJECT, BUDGET_S).brings("")
    assert [finding.confidence for finding in plain] == ["medium"]
    assert without_fixes(found) == without_fixes(plain)
