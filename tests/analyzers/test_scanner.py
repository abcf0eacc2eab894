"""Every rule is asked, and none can end the analysis."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import ModuleType

from analyzers.code import Code
from analyzers.deadline import Deadline
from analyzers.finding import Finding, Span
from analyzers.registry import RegisteredRule, rules
from analyzers.rule import Rule
from analyzers.scanner import ask, find_in_code

LATER = Deadline.after(1e6)


def registered(name: str, find: object, **says: object) -> RegisteredRule:
    """A rule that is in no folder."""
    rule = Rule(name, 1, "medium", "high", **says)  # type: ignore[arg-type]
    return RegisteredRule(rule, "", find, None, ModuleType(name))  # type: ignore[arg-type]


def raises(text: str) -> Iterator[Finding]:
    """Fails after its first finding."""
    yield Finding("bad", 1, "low", "low", Span(0, 1), "m")
    raise KeyError(text)


def finds(text: str) -> Iterator[Finding]:
    """Says that it is grave and sure."""
    yield Finding("good", 1, "high", "high", Span(0, 1), "m")


def test_a_rule_that_raises_is_named_and_the_others_are_asked() -> None:
    found, problems = ask((registered("bad", raises), registered("good", finds)), "x", "x", LATER)
    assert [finding.rule for finding in found] == ["bad", "good"]
    assert problems == ["bad: KeyError: 'x'"]


def test_a_rule_is_grave_and_sure_only_if_it_says_so_of_itself() -> None:
    found, _ = ask((registered("good", finds),), "x", "x", LATER)
    assert found[0].confidence == "medium"


def test_a_rule_is_asked_only_where_one_of_its_words_is() -> None:
    rule = registered("good", finds, words=("secret", "token"))
    assert ask((rule,), "a Token", "a token", LATER)[0]
    assert not ask((rule,), "nothing", "nothing", LATER)[0]
    assert not ask((rule,), "a token", "a token", LATER, frozenset({"other"}))[0]


def test_what_takes_too_long_is_said_to_be_unchecked() -> None:
    found, problems = ask((registered("good", finds),), "x", "x", Deadline.after(-1))
    assert not found
    assert "too slow" in problems[0]
    code = Code("x", ast.parse("x"))
    assert any(
        "bandit: too slow" in line for line in find_in_code(code, Deadline.after(-1)).problems
    )


def test_words_of_rules_are_true_of_their_fixtures() -> None:
    """A rule that finds something in a text without its words would be asked in vain."""
    for name, rule in rules().items():
        assert all(word == word.lower() for word in rule.rule.words), name
