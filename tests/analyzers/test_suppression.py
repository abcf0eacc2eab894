"""Comments by which a person says that a finding is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.check import scan
from analyzers.finding import Edit, Finding, Span
from analyzers.suppression import ignore_edit, ignores, without_ignored

RULE = "assert-guard"


def finding(text: str, at: str, rule: str = RULE) -> Finding:
    start = text.index(at)
    return Finding(rule, 617, "medium", "medium", Span(start, start + len(at)), "a guard")


def is_ignored(text: str, at: str, rule: str = RULE) -> bool:
    return not without_ignored([finding(text, at, rule)], text)


def applied(text: str, edit: Edit) -> str:
    return text[: edit.span.start] + edit.text + text[edit.span.end :]


@pytest.mark.parametrize(
    "text",
    [
        "assert a  # leadsman: ignore[assert-guard]\n",
        "assert a  # why not  # leadsman:ignore[ weak-hash , assert-guard ]\n",
        "# leadsman: ignore[assert-guard]\nassert a\n",
        "    # leadsman: ignore[assert-guard]\r\nassert a\r\n",
        "assert a // leadsman: ignore[assert-guard]",
    ],
)
def test_a_comment_on_the_line_or_alone_above_it_counts(text: str) -> None:
    assert is_ignored(text, "assert a")


@pytest.mark.parametrize(
    "text",
    [
        "assert a  # leadsman: ignore\n",
        "assert a  # leadsman: ignore[]\n",
        "assert a  # leadsman: ignore[weak-hash]\n",
        "assert a  # leadsman: ignored[assert-guard]\n",
        "assert a\n# leadsman: ignore[assert-guard]\n",
        "b = 1  # leadsman: ignore[assert-guard]\nassert a\n",
        "# leadsman: ignore[assert-guard]\n\nassert a\n",
    ],
)
def test_a_comment_elsewhere_or_about_something_else_does_not(text: str) -> None:
    assert not is_ignored(text, "assert a")


def test_a_comment_may_stand_on_any_line_of_the_finding() -> None:
    text = "f(\n    a,\n    b,  # leadsman: ignore[assert-guard]\n)\n"
    assert is_ignored(text, "f(\n    a,\n    b,  # leadsman: ignore[assert-guard]\n)")
    assert not is_ignored(text, "a,\n")


def test_a_comment_in_generated_text_does_not_count() -> None:
    text = "assert a  # leadsman: ignore[assert-guard]\n"
    one = finding(text, "assert a")
    (comment,) = ignores(text)
    assert without_ignored([one], text, [comment.span]) == (one,)
    assert without_ignored([one], text, [Span(0, 8)]) == ()


@pytest.mark.parametrize(
    ("text", "at", "language"),
    [
        ("x = 1\nassert a\ny = 2\n", "assert a", "python"),
        ("x = 1\r\n  assert a\r\n", "assert a", "python"),
        ("assert a", "assert a", "python"),
        ("assert a, '''\ntext\n'''\n", "assert a", "python"),
        ("assert a, \\\n    b\n", "assert a", "python"),
        ("f(\n    g(a),\n    '''\n''')\n", "g(a)", "python"),
        ("f(1, g(a))  # noqa\n", "g(a)", "python"),
        ("let a = f(b);\n", "f(b)", "javascript"),
        ("let a = `\n${f(b)}`;\n", "let a", "typescript"),
    ],
)
def test_the_written_comment_takes_the_finding_away(text: str, at: str, language: str) -> None:
    edit = ignore_edit(text, finding(text, at), language)
    assert edit is not None
    assert is_ignored(applied(text, edit), at)


def test_the_comment_is_never_written_into_a_string() -> None:
    text = "x = '''\n{f(a)}\n'''\n"
    assert ignore_edit(text, finding(text, "f(a)"), "python") is None
    script = "let a = `\n${f(b)}\n`;\n"
    assert ignore_edit(script, finding(script, "f(b)"), "javascript") is None


def test_where_no_comment_is_known_none_is_written() -> None:
    assert ignore_edit("assert a", finding("assert a", "assert a"), "go") is None


def test_a_text_that_cannot_be_cut_into_tokens_gets_none_behind_the_fault() -> None:
    text = "assert a\nx = '''\nassert b\n"
    assert ignore_edit(text, finding(text, "assert b"), "python") is None
    assert ignore_edit(text, finding(text, "assert a"), "python") is not None


@given(
    text=st.text("ab \t\n\r#'\"`\\([{:;/*", max_size=40),
    start=st.integers(0, 40),
    length=st.integers(0, 9),
    language=st.sampled_from(["python", "javascript", "go"]),
)
def test_no_text_makes_it_fail_and_a_comment_leaves_the_rest_as_it_was(
    text: str, start: int, length: int, language: str
) -> None:
    span = Span(min(start, len(text)), min(start + length, len(text)))
    one = Finding(RULE, 617, "low", "low", span, "")
    edit = ignore_edit(text, one, language)
    if edit is not None:
        assert edit.span.start == edit.span.end
        assert len(ignores(applied(text, edit))) == 1


def test_a_real_finding_is_gone_and_a_check_of_generated_text_does_not_care() -> None:
    text = "def f(user):\n    assert user.is_admin  # leadsman: ignore[assert-guard]\n"
    report = scan(text, "python")
    assert [one.rule for one in report.findings] == [RULE]
    assert without_ignored(report.findings, text) == ()
