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


KEY = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"


def test_a_key_in_a_plain_string_comes_from_the_environment() -> None:
    report = check("import os\n", Insertion(Span(10, 10), f'client = Client("{KEY}")\n'), "python")
    assert report.verdict == "fix"
    assert report.text == 'client = Client(os.environ["CLIENT_SECRET"])\n'
    assert [finding.rule for finding in report.findings] == ["exposed-secret"]


def test_a_key_brings_the_import_that_its_fix_needs() -> None:
    report = check("", Insertion(Span(0, 0), f'api_key = "{KEY}"\n'), "python")
    assert report.text is not None
    assert KEY not in report.text
    assert "import os" in report.text


def test_a_key_that_is_in_no_plain_string_is_withheld() -> None:
    for text in (f"# {KEY}\n", f'x = f"{{name}} {KEY}"\n', f'return Client("{KEY}'):
        report = check("import os\n", Insertion(Span(10, 10), text), "python")
        assert (report.verdict, report.text) == ("block", None)
    report = check("", Insertion(Span(0, 0), f'const apiKey = "{KEY}";\n'), "go")
    assert (report.verdict, report.text) == ("block", None)
