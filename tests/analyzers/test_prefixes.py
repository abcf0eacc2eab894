"""What can be taken of an insertion is checked like the whole."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.check import Insertion, check, check_prefixes
from analyzers.finding import Span
from analyzers.incremental import Place
from analyzers.policy import DEFAULT, Policy
from analyzers.prefixes import on_prefix
from analyzers.project import NO_PROJECT
from tests.analyzers.plain_place import BUDGET_S, plainly_checked
from tests.analyzers.samples import IS_FULL

DOCUMENT = """\
import os
import requests
from flask import Flask, redirect, request

app = Flask(__name__)


@app.route("/x")
def view(ok):
    name = request.args["n"]
    HERE
    return str(len(name))


def other(value):
    return value
"""
AT = DOCUMENT.index("HERE")
BARE = DOCUMENT.replace("HERE", "")


def at(text: str, document: str = BARE) -> tuple[str, Insertion]:
    """The document and an insertion of `text` in the function."""
    return document, Insertion(Span(AT, AT), text)


def test_a_prefix_that_runs_and_is_dangerous_blocks_the_whole() -> None:
    policy = Policy(rules={"code-injection": "block"})
    assert check_prefixes(*at("x = eval('1') if ok else 0"), "python", policy).verdict == "allow"
    text = "x = eval(name) if False else 0"
    assert check(*at(text), "python", policy).verdict == "allow"
    assert check_prefixes(*at(text), "python", policy).verdict == "block"
    lenient = Policy(rules={"code-injection": "annotate"})
    assert check_prefixes(*at(text), "python", lenient).verdict == "allow"


def test_the_report_names_the_prefix_and_its_findings_lie_in_it() -> None:
    document, insertion = at("x = eval(name) if False else 0")
    assert check(document, insertion, "python").verdict == "allow"
    report = check_prefixes(document, insertion, "python")
    assert report.verdict == "block"
    assert report.text is None
    assert report.prefix == "x = eval(name)"
    with_prefix = Insertion(insertion.span, report.prefix).applied(document)
    finding = report.findings[0]
    assert with_prefix[finding.span.start : finding.span.end] == "eval(name)"
    assert "eval(name)" in report.why


def test_a_prefix_inside_of_an_open_call_does_not_count() -> None:
    text = 'os.system("ls " + (name if name in ("a", "b") else "c"))'
    report = check_prefixes(*at(text), "python")
    assert report.verdict != "block"


def test_a_bracket_that_the_document_closes_does_not_hide_a_prefix() -> None:
    document = BARE[:AT] + "x = eval()" + BARE[AT:]
    place = Span(AT + 9, AT + 9)
    report = check_prefixes(document, Insertion(place, "name if False else '1'"), "python")
    assert report.verdict == "block"
    assert report.prefix == "name"


def test_what_a_comment_hides_from_the_whole_may_close_a_prefix() -> None:
    document = BARE[:AT] + " + x)" + BARE[AT:]
    text = "x = eval(name) if False else 0\n    # os.system(name)"
    report = check_prefixes(document, Insertion(Span(AT, AT), text), "python")
    assert report.verdict == "block"
    assert report.prefix == "x = eval(name"


def test_lines_of_an_insertion_that_cannot_be_read_whole_are_checked() -> None:
    document, insertion = at("os.system(name)\n    name = (")
    report = check_prefixes(document, insertion, "python")
    assert report.verdict == "block"


def test_a_secret_that_only_a_prefix_shows_is_looked_for_in_any_language() -> None:
    policy = Policy(rules={"exposed-secret": "block"})
    token = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
    insertion = Insertion(Span(0, 0), f'let a = "{token}";')
    assert check_prefixes("", insertion, "rust", policy).verdict == "block"


_STATEMENTS = (
    "x = eval(name) if False else 0",
    "name = name.isdigit()",
    "other = name",
    "os.system(other)",
    "os.system('ls')",
    "return redirect(name) if ok else str(ok)",
    "return redirect(name if name in ('/a', '/b') else '/')",
    "requests.get('https://example.org', verify=ok)",
    "requests.get('https://example.org', verify=False)",
    "answer = requests.get('https://example.org', verify=False if ok else True)",
    "print(f'{name!r} {ok}')",
    "password = '''a\n    b'''",
    "for part in [name]:\n        os.system(part) if ok else None",
    "if name in ('a', 'b'):\n        os.system(name)",
    "import os as requests",
    "other(name",
    "# os.system(name)",
    "x = eval(name_of_it) if False else name_of_it",
    "x = request.args_of_it",
    "total_of_all = name\n    eval(total_of_all if False else '1')",
    "x = os.system(request.args_of['a']) if False else 0",
    "x = request.method\n    os.system(x)",
    "x = ok.name\n    return x.upper()",
    "return name.isdigit()",
    "return name_of.it(name)",
    "with open(ok) as other:\n        x = other.read()",
    "x = [name\n         for name in ('a', 'b')]",
    "x = os.system(name) \\\n        if False else 0",
    "x = eval(name) if False else \\\n        ok.name",
    "x = eval(request.args['a']) if False else 1",
    "x = ok if True else request.args['a']\n    os.system(x)",
)
# As above, but nothing in it comes from the network until something asks for it.
_QUIET = BARE.replace('name = request.args["n"]', 'name = "n"')


_BELOW = ("", " + x)", "\n    os.system(other)")


@given(
    st.lists(st.sampled_from(_STATEMENTS), min_size=1, max_size=3),
    st.sampled_from(_BELOW),
    st.sampled_from((BARE, _QUIET)),
)
@settings(max_examples=300 if IS_FULL else 60, deadline=None)
def test_the_fast_way_says_what_checking_every_prefix_says(
    lines: list[str], below: str, around: str
) -> None:
    at = around.index("    return str(len") - 1
    document = around[:at] + below + around[at:]
    insertion = Insertion(Span(at, at), "\n    ".join(lines))
    plain = plainly_checked(document, insertion)
    fast = check_prefixes(document, insertion, "python")
    assert (fast.verdict, fast.prefix, fast.text) == (plain.verdict, plain.prefix, plain.text)
    assert {f.rule for f in fast.findings} == {f.rule for f in plain.findings}


def test_a_prefix_with_which_the_file_does_not_parse_does_not_count() -> None:
    # As it stands there is no `except`, and nothing of the file runs.
    text = "try:\n        y = eval(name)\n    except ValueError:\n        y = 0"
    place = Place(BARE, Insertion(Span(AT, AT), text), "python", NO_PROJECT, BUDGET_S)
    end = text.index("\n    except")
    assert on_prefix(place, end, DEFAULT) is None
    assert on_prefix(place, len(text), DEFAULT) is not None


_SCRIPT = """\
const express = require("express");
const app = express();
app.get("/x", (req, res) => {
  const name = req.query.name;
HERE
  res.json({ name });
});
"""
_SCRIPT_STATEMENTS = (
    "const y = eval(name) ? 1 : 0;",
    "const y = ok ? eval(name) : 0;",
    "let part = name;",
    "part = 'fixed';",
    "eval(part);",
    "res.redirect(name) || next();",
    "if (ok) {\n    eval(name);\n  }",
    "// eval(name)",
    "setTimeout(() => next(), 10);",
    "const f = eval;\n  f(name);",
)


@given(st.lists(st.sampled_from(_SCRIPT_STATEMENTS), min_size=1, max_size=3))
@settings(max_examples=200 if IS_FULL else 25, deadline=None)
def test_the_fast_way_through_a_script_says_what_checking_every_prefix_says(
    lines: list[str],
) -> None:
    at = _SCRIPT.index("HERE")
    document = _SCRIPT.replace("HERE", "")
    insertion = Insertion(Span(at, at), "  " + "\n  ".join(lines))
    plain = plainly_checked(document, insertion, language="javascript")
    fast = check_prefixes(document, insertion, "javascript")
    assert (fast.verdict, fast.prefix, fast.text) == (plain.verdict, plain.prefix, plain.text)


@pytest.mark.parametrize("text", ["", " ", "x", "\n", "é = 1\r\ny", "\ud800", "'''"])
def test_short_and_odd_insertions_have_a_verdict(text: str) -> None:
    assert check_prefixes(*at(text), "python").verdict in ("allow", "block")
