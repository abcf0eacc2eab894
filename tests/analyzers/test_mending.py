"""A fixed form is offered only if it passes the same check."""

from __future__ import annotations

import pytest

from analyzers.check import Insertion, check, check_prefixes, scan
from analyzers.finding import Span
from analyzers.fixes.whole_text import mend
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


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("import subprocess\ndef f(h):\n    @@=True)\n", "subprocess.run(f'ping {h}', shell"),
        ("import subprocess\ndef f(h):\n    @@shell=True)\n", "subprocess.run(f'ping {h}', "),
        ("import requests\ndef f(h):\n    @@=False)\n", "requests.get(h, verify"),
        ("import yaml\ndef f(h):\n    @@.Loader)\n", "yaml.load(h, Loader=yaml"),
        ("import requests\ndef f(h):\n    requests.get(h, verify=@@)\n", "False"),
    ],
)
def test_the_offered_text_leaves_the_document_whole(document: str, text: str) -> None:
    """An argument of which a part stands behind the insertion is not cut in two."""
    document = document.replace("@@", "HERE")
    at = document.index("HERE")
    bare = document.replace("HERE", "")
    report = check(bare, Insertion(Span(at, at), text), "python")
    assert report.verdict in ("annotate", "block")
    assert report.text in (None, text)


def test_an_import_that_a_fixed_form_needs_stands_in_it() -> None:
    report = check(*place("x = eval(name)"), "python")
    assert report.verdict == "fix"
    assert report.text == "import ast\n    x = ast.literal_eval(name)"


_TO_QUERY = """\
import sqlite3


def find(db: sqlite3.Connection, name):
    cursor = db.cursor()
    query = "SELECT id FROM users WHERE name = '" + name + "'"
"""


def test_what_is_to_be_mended_before_the_cursor_is_offered_with_a_mark_and_the_reason() -> None:
    text = "    return cursor.execute(query).fetchone()\n"
    at = len(_TO_QUERY)
    report = check_prefixes(_TO_QUERY, Insertion(Span(at, at), text), "python")
    assert (report.verdict, report.text) == ("annotate", text)
    assert [(one.rule, one.action) for one in report.findings] == [("sql-injection", "fix")]
    assert "in the file already" in report.why


def test_where_the_policy_blocks_it_it_is_withheld_with_both_reasons() -> None:
    at = len(_TO_QUERY)
    insertion = Insertion(Span(at, at), "    return cursor.execute(query).fetchone()\n")
    report = check(_TO_QUERY, insertion, "python", Policy(rules={"sql-injection": "block"}))
    assert (report.verdict, report.text) == ("block", None)
    assert report.why.startswith("this query is built from")
    assert "in the file already" in report.why


def test_in_the_file_its_fix_changes_what_stands_before_it() -> None:
    text = _TO_QUERY + "    return cursor.execute(query).fetchone()\n"
    report = scan(text, "python")
    mended = mend(text, report, lambda now: scan(now, "python"))
    assert "name = ?" in mended.text
    assert mended.findings == ()


def test_what_has_no_fix_is_said_to_have_none() -> None:
    report = check(*place("x = pickle.loads(open(path, 'rb').read())"), "python")
    assert report.verdict == "annotate"
    assert "there is no fix for it" in report.why
