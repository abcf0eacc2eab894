"""One finding for one rule and place."""

from __future__ import annotations

from dataclasses import replace

from analyzers.duplicates import distinct
from analyzers.finding import Finding, Span, Step

PATTERN = Finding("r", 78, "high", "medium", Span(10, 30), "built from parts")
FLOW = replace(PATTERN, confidence="high", steps=(Step(Span(0, 5), "begins here"),))


def test_a_flow_is_kept_and_not_the_pattern_at_its_place() -> None:
    assert distinct([PATTERN, FLOW]) == (FLOW,)
    assert distinct([FLOW, PATTERN]) == (FLOW,)
    assert distinct([replace(PATTERN, span=Span(10, 20)), FLOW]) == (FLOW,)


def test_the_graver_one_of_two_is_kept() -> None:
    low = replace(PATTERN, severity="low")
    assert distinct([low, PATTERN]) == (PATTERN,)


def test_an_engine_that_repeats_a_rule_is_not_heard() -> None:
    assert distinct([PATTERN], [replace(PATTERN, span=Span(8, 31), message="again")]) == (PATTERN,)


def test_other_rules_and_other_places_stay_in_the_order_of_the_text() -> None:
    below = replace(PATTERN, span=Span(40, 50))
    other = replace(PATTERN, rule="q")
    assert distinct([below, PATTERN], [other]) == (other, PATTERN, below)


def test_calls_of_one_rule_inside_each_other_are_two() -> None:
    inner = replace(PATTERN, span=Span(12, 20))
    assert distinct([PATTERN, inner]) == (PATTERN, inner)


def test_a_rule_that_says_less_is_not_heard_where_the_other_speaks() -> None:
    more = replace(FLOW, rule="cross-site-scripting")
    less = replace(PATTERN, rule="mark-safe", span=Span(12, 20))
    assert distinct([less, more]) == (more,)
    apart = replace(less, span=Span(40, 50))
    assert distinct([apart, more]) == (more, apart)
    assert distinct([less, replace(more, rule="q")]) == (replace(more, rule="q"), less)
