"""The finder reads what can be read, says how much that was, and never raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.security.bandit_finder import bandit_version, find
from evals.security.finding import LEVELS, Span, span_of


def rules(text: str, span: Span | None = None) -> list[str]:
    return [finding.rule for finding in find(text, span, "python").findings]


def test_each_level_is_reached_and_named() -> None:
    whole = "eval(a)\n"
    assert find(whole, None, "python").level == "whole file"
    half = "    try:\n        eval(a)\n"
    assert find(half, None, "python").level == "repaired"
    assert find("(" * 9999, None, "python").level == "unchecked"
    assert rules(whole) == rules(half) == ["B307"]


def test_a_weakness_is_named_by_what_the_rule_looks_for() -> None:
    (finding,) = find("a = '😀é'; exec(b)\n", None, "python").findings
    assert (finding.rule, finding.cwe, finding.severity) == ("B102", 95, "medium")
    assert (finding.line, finding.column, finding.end_column) == (1, 10, 17)


def test_syntax_newer_than_the_host_is_read() -> None:
    assert rules("def f[T](a: T):\n    eval(f'{a['b']}')\n") == ["B307"]


@pytest.mark.parametrize("text", ["    eval(\n", "        x = eval(a,\n    )\n", "\r\n\t eval(a"])
def test_a_finding_in_repaired_text_lies_where_it_lies_in_the_original(text: str) -> None:
    (finding,) = find(text, None, "python").findings
    assert span_of(finding, text).start == text.index("eval")


def test_what_the_repair_added_is_not_accused() -> None:
    # Without a body `except` gets a `pass`, which Bandit knows as B110 and the author never wrote.
    assert "B110" in rules("try:\n    a()\nexcept Exception:\n    pass\n")
    assert find("    try:\n        a()\n", None, "python").findings == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [("eval(a)\n", "javascript"), ("(" * 9999, "python")],
)
def test_what_cannot_be_read_is_unchecked_and_says_why(text: str, language: str) -> None:
    scan = find(text, None, language)
    assert scan.level == "unchecked"
    assert scan.why


def test_a_rule_that_raises_leaves_the_text_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object, node: object) -> None:
        raise KeyError("broken")

    bandit_version()
    monkeypatch.setattr("bandit.core.node_visitor.BanditNodeVisitor.visit_Call", broken)
    scan = find("f()\n", None, "python")
    assert (scan.level, scan.findings) == ("unchecked", ())
    assert "broken" in scan.why


CODE = st.lists(
    st.sampled_from(
        [
            "eval(a)",
            "import os\n",
            "try:\n",
            "  ",
            "\r\n",
            "\n",
            '"""',
            "'",
            "(",
            "}",
            "😀",
            "def f(:",
            "password = 'x'",
            "# nosec",
            "\u202e",
            "\x0c",
            "\\",
            "f'{eval(b)!r}'",
            "\ufeff",
            "pass",
        ]
    ),
    max_size=15,
).map("".join)


@given(st.one_of(st.text(max_size=80), CODE), st.data())
def test_no_text_makes_it_raise(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    span = data.draw(st.sampled_from([None, Span(start, data.draw(st.integers(start, len(text))))]))
    scan = find(text, span, "python")
    assert scan.level in LEVELS
    n_lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= finding.line <= n_lines for finding in scan.findings)
    if scan.level == "unchecked":
        assert scan.findings == ()
        assert scan.why


@given(st.text(st.characters(categories=["Cs", "Cc", "Co"]), max_size=8))
def test_surrogates_and_controls_do_not_make_it_raise(text: str) -> None:
    assert find(f"a = '{text}'\n", None, "python").level in LEVELS


def test_a_finding_that_ends_in_what_was_added_ends_with_its_last_real_line() -> None:
    text = "import subprocess\nsubprocess.call(a,\n    shell=True"
    (finding,) = [f for f in find(text, None, "python").findings if f.rule == "B602"]
    span = span_of(finding, text)
    assert text[span.start : span.end] == "subprocess.call(a,\n    shell=True"
