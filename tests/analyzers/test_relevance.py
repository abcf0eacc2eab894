"""What spares an analysis must never hide a finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers.check import scan
from analyzers.policy import DEFAULT, Policy
from analyzers.registry import rules
from analyzers.relevance import blocking, due, follows_data, may_be_sure
from analyzers.vocabulary import has_remote, vocabulary

FIXTURES = Path(__file__).parent / "rules" / "fixtures"
PYTHON = sorted((FIXTURES / "python").glob("*.py"))


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.stem)
def test_what_a_text_holds_is_due_and_may_block_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    said = vocabulary([text])
    asked, blocks = due(said, said), blocking(text, "python", DEFAULT)
    blocks |= blocking(text, "any", DEFAULT)
    for finding in scan(text, "python").findings:
        rule = rules()[finding.rule].rule
        if "python" in rule.languages:
            assert finding.rule in asked
        if finding.action == "block":
            assert finding.rule in blocks


def test_a_flow_from_the_network_needs_a_word_for_it() -> None:
    for text in (
        "def f(request): pass", "name = req.args", "@app.get('/x/{y}')\ndef f(y): pass",
        "data = sock.recv(9)", "class H(BaseHTTPRequestHandler): pass", "cgi.FieldStorage()",
        "def lambda_handler(event, context): pass", "from flask import request as r",
        "self.get_argument('a')",
    ):  # fmt: skip
        assert has_remote(text), text
    for text in ("requests.get(url)", "# a request", "def f(): return 1", "@wraps(function)"):
        assert not has_remote(text), text


def test_only_rules_that_may_be_sure_block_by_default() -> None:
    for name in blocking("", "python", DEFAULT):
        assert may_be_sure(rules()[name])
    text = "requests.get(u, verify=False)"
    assert blocking(text, "python", DEFAULT) == {"tls-verification-off"}
    assert not blocking(text, "python", Policy(rules={"tls-verification-off": "fix"}))
    assert blocking("assert x", "python", Policy(rules={"assert-guard": "block"})) == {
        "assert-guard"
    }


def test_rules_that_follow_data_are_known_as_such() -> None:
    following = {name for name, registered in rules().items() if follows_data(registered)}
    assert {"sql-injection", "command-injection", "path-traversal"} <= following
    assert "assert-guard" not in following
