"""An insertion in its place, and what may be offered of it."""

from __future__ import annotations

import pytest

from analyzers.check import Insertion, check, scan
from analyzers.finding import Span
from analyzers.policy import Policy

DOCUMENT = "def delete(user, post):\n    HERE\n    post.delete()\n"
GUARD = "assert user.is_admin"


def in_place(text: str, document: str = DOCUMENT) -> tuple[str, Insertion]:
    """A document and the insertion in the place of HERE."""
    at = document.index("HERE")
    return document, Insertion(Span(at, at + 4), text)


def in_gap(text: str, document: str) -> tuple[str, Insertion]:
    """As `in_place`, where HERE stands for nothing."""
    at = document.index("HERE")
    return document.replace("HERE", ""), Insertion(Span(at, at), text)


def test_a_finding_lies_in_the_document_that_has_the_insertion() -> None:
    document, insertion = in_place(f"x = 1\n    {GUARD}")
    report = check(document, insertion, "python")
    text = insertion.applied(document)
    assert [text[f.span.start : f.span.end] for f in report.findings] == [GUARD]
    assert report.level == "whole file"


def test_what_was_there_before_is_not_reported() -> None:
    document = DOCUMENT.replace("post.delete()", GUARD)
    assert check(*in_place("x = 1", document), "python").verdict == "allow"
    assert len(check(*in_place(GUARD, document), "python").findings) == 1
    assert len(scan(document.replace("HERE", GUARD), "python").findings) == 2


def test_an_import_that_changes_a_name_below_is_answered_for() -> None:
    document = "HERE\n\n\ndef f(given):\n    run(given)\n"
    assert check(*in_place("from json import dumps as run", document), "python").findings == ()
    report = check(*in_place("from os import system as run", document), "python")
    assert [finding.rule for finding in report.findings] == ["command-injection"]
    assert report.findings[0].span.start > document.index("def f")


def test_a_flow_that_the_insertion_completes_is_found_at_its_sink() -> None:
    document = (
        "import os\nfrom flask import request\n\n\ndef f():\n    given = 'ls'\n    HERE\n"
        "    os.system(given)\n"
    )
    report = check(*in_place("given = request.args['q']", document), "python")
    assert report.verdict in ("block", "fix")
    assert any("os.system" in document[f.span.start - 30 : f.span.end] for f in report.findings)
    assert check(*in_place("given = 'pwd'", document), "python").findings == ()


@pytest.mark.parametrize("mark", ["# nosec", "# noqa", "# noqa: S101", "# nosec B101"])
def test_marks_that_silence_other_tools_have_no_effect(mark: str) -> None:
    assert check(*in_place(f"{GUARD}  {mark}"), "python").findings


def test_text_that_cannot_be_read_is_withheld_unless_configured_otherwise() -> None:
    broken = "x = = 1 ] )"
    report = check(*in_place(broken), "python")
    assert (report.verdict, report.level, report.text) == ("block", "not checkable", None)
    assert not report.is_checked
    assert "does not parse" in report.why
    report = check(*in_place(broken), "python", Policy(unchecked="annotate"))
    assert (report.verdict, report.text) == ("annotate", broken)


@pytest.mark.parametrize("span", [Span(-1, 0), Span(5, 4), Span(0, 10_000)])
def test_a_span_outside_of_the_document_is_said_to_be_so(span: Span) -> None:
    report = check(DOCUMENT, Insertion(span, "x"), "python")
    assert report.level == "not checkable"
    assert "lies outside" in report.why


def test_other_languages_are_offered_and_said_to_be_half_read() -> None:
    report = check("", Insertion(Span(0, 0), "fn main() {}"), "rust")
    assert (report.verdict, report.level) == ("annotate", "text only")
    assert "rust" in report.why
    assert not report.is_checked
    strict = Policy(other_languages="block")
    assert check("", Insertion(Span(0, 0), "fn main() {}"), "rust", strict).text is None


@pytest.mark.parametrize(
    ("text", "language", "level"),
    [("// says nothing\n", "rust", "fragment"), ("Dear reader,", "markdown", "whole file"),
     (" \n", "go", "whole file")],
)  # fmt: skip
def test_comments_and_prose_need_no_analyzer(text: str, language: str, level: str) -> None:
    report = check("", Insertion(Span(0, 0), text), language)
    assert (report.verdict, report.level) == ("allow", level)


def test_a_comment_is_checked_in_a_file_that_cannot_be_read() -> None:
    document = "x = = 1 ] )\n" * 60 + "HERE\n"
    report = check(*in_place("# only words", document), "python")
    assert (report.verdict, report.level) == ("allow", "fragment")


def test_a_text_that_is_too_large_is_unchecked() -> None:
    for language in ("python", "markdown"):
        assert scan("x = 1\n" * 2_000_000, language).level == "not checkable"


def test_half_of_a_surrogate_pair_hides_nothing_and_moves_nothing() -> None:
    document, insertion = in_place(f"s = '\ud800'; {GUARD}")
    report = check(document, insertion, "python")
    text = insertion.applied(document)
    assert [text[f.span.start : f.span.end] for f in report.findings] == [GUARD]
    assert report.text == insertion.text


def test_javascript_is_read() -> None:
    report = check("", Insertion(Span(0, 0), "eval(location.hash);\n"), "javascript")
    assert report.level == "whole file"
    assert [finding.rule for finding in report.findings] == ["js-code-injection"]


_ROUTE = "import subprocess\nfrom flask import request\n\n\ndef f(h, cur):\n    {}\n"
_TAINTED = _ROUTE.format("subprocess.run('ls ' + request.args['a'], {})")


@pytest.mark.parametrize(
    ("document", "inserted"),
    [
        (_TAINTED.format("HERE"), "shell=True"),
        (_TAINTED.format("shell=HERE"), "True"),
        (_TAINTED.format("shell=SHELL").replace("import sub", "SHELL = HERE\nimport sub"), "True"),
    ],
)
def test_a_shell_that_the_insertion_adds_is_answered_for(document: str, inserted: str) -> None:
    report = check(*in_gap(inserted, document), "python")
    assert report.verdict in ("block", "fix")
    assert [finding.confidence for finding in report.findings] == ["high"]


def test_a_text_without_a_shell_names_a_program_and_is_not_withheld() -> None:
    command = "subprocess.run('ls ' + request.args['a'], shell=False)"
    report = check(*in_gap(command, _ROUTE.format("HERE")), "python")
    assert report.verdict != "block"
    assert all("a shell would read" not in finding.message for finding in report.findings)


@pytest.mark.parametrize(
    ("statement", "inserted"),
    [
        ("return yaml.load(h, Loader=HERE)", "yaml.UnsafeLoader"),
        ("return yaml.load(h, Loader=HERE", "yaml.UnsafeLoader)"),
        ("return yaml.load(h, Loader=yaml.UnsHERE)", "afeLoader"),
        ("cur.execute(f\"select '{HERE}'\")", "h"),
        ("os.system('ls ' + HERE)", "h"),
        ("os.system('ls ' + HERE", "h)"),
        ("subprocess.run(f'ping {HERE}', shell=True)", "h"),
        ("a = 'ls ' + HERE\n    os.system(a)", "h"),
    ],
)
def test_what_hangs_on_the_missing_part_was_not_there_before(statement: str, inserted: str) -> None:
    document = "import os\nimport yaml\n" + _ROUTE.format(statement)
    assert check(*in_gap(inserted, document), "python").findings


@pytest.mark.parametrize(
    ("statement", "inserted"),
    [
        ("subprocess.run(f'ping {h}', shell=TrueHERE", ")"),
        ("subprocess.run(f'ping {h}', shell=True, HERE)", "check=True"),
        ("subprocess.run(f'ping {h}', shell=True, check=HERE)", "True"),
        ("os.system('ls ' + h + HERE)", "'x'"),
        ("os.system('ls ' + h + HERE", "'x')"),
        ("os.system(h)\n    x = HERE", "1"),
    ],
)
def test_what_does_not_hang_on_the_missing_part_was(statement: str, inserted: str) -> None:
    document = "import os\n" + _ROUTE.format(statement)
    assert check(*in_gap(inserted, document), "python").verdict == "allow"


@pytest.mark.parametrize(
    "statement",
    [
        "return \uff45\uff56\uff41\uff4c(request.args['a'])",
        "\uff45\uff58\uff45\uff43(request.args['a'])",
        "\U0001d41e\U0001d42f\U0001d41a\U0001d425(request.args['a'])",
        "cur.\uff45\uff58\uff45\uff43\uff55\uff54\uff45('select ' + request.args['a'])",
        "requests.get(h, \uff56\uff45\uff52\uff49\uff46\uff59=False, timeout=3)",
    ],
)
def test_letters_that_python_takes_for_plain_ones_hide_no_name(statement: str) -> None:
    document = "import requests\n" + _ROUTE.format("HERE")
    report = check(*in_gap(statement, document), "python")
    assert any(finding.action == "block" for finding in report.findings)
