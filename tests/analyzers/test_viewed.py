"""A finding takes from its rule what is not said of it."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Span, Step
from analyzers.javascript.script import ScriptCode
from analyzers.rule import Rule

RULE = Rule("a-rule", 1, "high", "low")


def test_what_is_not_said_is_as_the_rule_says() -> None:
    code = Code("a = 1\nbb = a\n", ast.parse("a = 1\nbb = a\n"))
    first, second = code.tree.body
    found = code.finding(RULE, second, "here", steps=[(first, "from there")])
    steps = (Step(Span(0, 5), "from there"),)
    assert found == Finding("a-rule", 1, "high", "low", Span(6, 12), "here", steps)


def test_what_is_said_goes_before_it_in_scripts_too() -> None:
    code = ScriptCode("f(x)", "javascript")
    (call,) = code.calls("f")
    found = code.finding(RULE, call.node, "here", cwe=2, severity="low", confidence="high")
    assert found == Finding("a-rule", 2, "low", "high", Span(0, 4), "here")
