"""Every rule that has a fix mends something of its own fixture, and breaks nothing in it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from analyzers.check import scan
from analyzers.code import Code
from analyzers.fixes.offers import with_fixes
from analyzers.fixes.whole_text import mend
from analyzers.fixes.writing import applied
from analyzers.reading.parsing import parse
from analyzers.registry import rules

FIXTURES = Path(__file__).parents[1] / "rules" / "fixtures" / "python"
# These mend only a value that its function hands on; `test_vectors` and the programs show it.
NARROW = {"constant-salt", "static-iv"}
MENDING = sorted(
    name
    for name, registered in rules().items()
    if registered.fix is not None
    and name not in NARROW
    and "python" in registered.rule.languages
    and registered.module.__name__.startswith("analyzers.rules.python.")
)


def _fixture(name: str) -> str:
    stem = rules()[name].module.__name__.rpartition(".")[2]
    return (FIXTURES / f"{stem}.py").read_bytes().decode()


@pytest.mark.parametrize("name", MENDING)
def test_a_rule_with_a_fix_mends_a_line_of_its_fixture(name: str) -> None:
    """By itself: the text that has the fix has one finding of the rule less."""
    text = _fixture(name)
    tree = parse(text)
    assert isinstance(tree, ast.Module)
    found = [f for f in scan(text, "python").findings if f.rule == name]
    proposed = with_fixes(Code(text, tree), found).findings
    offered = [f.fix for f in proposed if f.fix is not None]
    assert offered
    for fix in offered:
        assert isinstance(parse(applied(text, fix.edits)), ast.Module), fix
    left = [
        sum(f.rule == name for f in scan(applied(text, fix.edits), "python").findings)
        for fix in offered
    ]
    assert min(left) < len(found)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.py")), ids=lambda path: path.stem)
def test_a_mended_fixture_parses_and_has_no_new_findings(path: Path) -> None:
    """Of no rule are there more than before."""
    text = path.read_bytes().decode()
    made = mend(text, scan(text, "python"), lambda changed: scan(changed, "python"))
    assert isinstance(parse(made.text), ast.Module)
    before = [finding.rule for finding in scan(text, "python").findings]
    after = [finding.rule for finding in scan(made.text, "python").findings]
    assert all(after.count(rule) <= before.count(rule) for rule in after)
    assert bool(made.fixes) == (made.text != text)
