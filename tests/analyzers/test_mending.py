"""A fixed form is offered only if it passes the same check."""

from __future__ import annotations

from analyzers.check import Insertion, check, check_prefixes
from analyzers.finding import Span
from analyzers.policy import Policy

DOCUMENT = """\
import subprocess
import yaml
from flask import request


def f():
    name = request.args["n"]
    HERE
"""
AT = DOCUMENT.index("HERE")
BARE = DOCUMENT.replace("HERE", "")


def place(text: str) -> tuple[str, Insertion]:
    """The document and an insertion of `text` in the function."""
    return BARE, Insertion(Span(AT, AT), text)


def test_a_fixed_form_takes_the_place_of_what_was_found() -> None:
    report = check(*place("x = yaml.load(name)"), "python")
    assert (report.verdict, report.text) == ("fix", "x = yaml.safe_load(name)")
    assert report.findings
    assert report.why
    assert check(*place(report.text or ""), "python").verdict == "allow"


def test_what_has_no_fixed_form_is_withheld() -> None:
    report = check(*place("subprocess.run(name + ' | sort', shell=True)"), "python")
    if report.verdict == "fix":
        assert check(*place(report.text or ""), "python").verdict != "block"
    else:
        assert (report.verdict, report.text) == ("block", None)


def test_a_fix_is_not_made_where_the_policy_only_wants_it_said() -> None:
    policy = Policy(rules={"unsafe-deserialisation": "annotate"})
    text = "x = yaml.load(name)"
    report = check(*place(text), "python", policy)
    assert (report.verdict, report.text) == ("annotate", text)


def test_the_prefixes_of_the_fixed_form_are_checked() -> None:
    text = "x = yaml.load(name)\n    y = eval(name) if False else 0"
    report = check_prefixes(*place(text), "python")
    assert report.verdict == "block"
    assert report.prefix is not None
    assert "yaml.safe_load" in report.prefix
