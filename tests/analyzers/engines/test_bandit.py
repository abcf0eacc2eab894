"""The contract with Bandit: the visitor driven by hand says what the program says."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from importlib import metadata
from pathlib import Path

import pytest

from analyzers.code import Code
from analyzers.engines import bandit
from analyzers.finding import Span
from analyzers.registry import rules
from tests.analyzers.samples import some_of

EXAMPLES = Path(__file__).parents[4] / "shared" / "data" / "bandit_examples" / "examples"
# This one reads the bytes of a file; ours is the rule invisible-character.
OF_BYTES = "B613"
IMPORT = "from pysnmp.hlapi import CommunityData\n"
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def code_of(text: str, focus: Span | None = None) -> Code:
    return Code(text, ast.parse(text), focus)


def plain(message: str) -> str:
    """One message names an object by its address."""
    return _ADDRESS.sub("", message)


def test_the_installed_bandit_is_of_the_series_this_was_written_for() -> None:
    assert bandit.version() == metadata.version("bandit")
    assert bandit.version().startswith(bandit.SERIES)


@pytest.mark.skipif(not EXAMPLES.exists(), reason="../shared/data has no examples of Bandit's")
def test_every_test_says_of_bandits_own_examples_what_the_program_says() -> None:
    paths = some_of(sorted(EXAMPLES.rglob("*.py")), 36)
    process = subprocess.run(
        [sys.executable, "-m", "bandit", "-q", "-f", "json", "--ignore-nosec", *map(str, paths)],
        capture_output=True,
        check=False,
    )
    answer = json.loads(process.stdout)
    unread = {error["filename"] for error in answer["errors"]}
    expected = Counter(
        (result["filename"], result["test_id"], result["col_offset"], plain(result["issue_text"]))
        for result in answer["results"]
        if result["test_id"] != OF_BYTES
    )
    found: Counter[tuple[str, str, int, str]] = Counter()
    for path in paths:
        if str(path) in unread:
            continue
        for issue in bandit.issues(ast.parse(path.read_bytes())):
            place = getattr(issue.node, "col_offset", -1)
            found[str(path), issue.test, place, plain(issue.message)] += 1
    assert len({test for _, test, _, _ in expected}) > 25
    assert sum(expected.values()) > 150
    assert found == expected


def test_only_the_tests_asked_for_are_run() -> None:
    tree = ast.parse("import pickle, os\npickle.loads(a)\nos.system(a)\nexec(a)\n")
    assert [issue.test for issue in bandit.issues(tree, {"B605"})] == ["B605"]
    # Two entries of the one list of forbidden names, one of them asked for.
    assert [issue.test for issue in bandit.issues(tree, {"B301"})] == ["B301"]
    assert bandit.issues(tree, set()) == []
    # This would raise in the test that was not asked for.
    assert bandit.issues(ast.parse("import importlib\nimportlib.import_module()\n"), {"B605"}) == []


def test_nosec_exempts_nothing() -> None:
    assert [i.test for i in bandit.issues(ast.parse("exec(a)  # nosec\n"), {"B102"})] == ["B102"]


def test_a_test_that_raises_is_not_passed_over() -> None:
    tree = ast.parse("import importlib\nimportlib.import_module()\n")
    with pytest.raises((KeyError, TypeError)):
        bandit.issues(tree, {"B301"})


def test_a_rule_without_a_find_has_its_findings_from_bandit() -> None:
    text = f"{IMPORT}x = 'é'; CommunityData('a', mpModel=0)\n"
    (finding,) = bandit.find(code_of(text))
    rule = rules()["weak-snmp"].rule
    assert (finding.rule, finding.cwe, finding.severity) == (rule.name, rule.cwe, rule.severity)
    assert text[finding.span.start : finding.span.end] == "CommunityData('a', mpModel=0)"


def test_a_rule_with_a_find_speaks_for_its_aliases() -> None:
    assert "B324" in rules()["weak-hash"].rule.aliases
    assert list(bandit.find(code_of("import hashlib\nhashlib.md5(a)\n"))) == []


def test_what_is_open_is_not_judged_yet() -> None:
    text = f"{IMPORT}CommunityData('a', mpModel=0)\n"
    tree = ast.parse(text)
    (call,) = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert len(list(bandit.find(Code(text, tree)))) == 1
    assert list(bandit.find(Code(text, tree, opened=frozenset({call})))) == []


def test_findings_outside_of_the_focus_are_left_out() -> None:
    text = f"{IMPORT}CommunityData('a', mpModel=0)\nCommunityData('b', mpModel=0)\n"
    (finding,) = bandit.find(code_of(text, Span(len(text) - 5, len(text) - 3)))
    assert text[finding.span.start : finding.span.end] == "CommunityData('b', mpModel=0)"
