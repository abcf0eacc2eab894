"""What is new is what the text without the insertion did not hold."""

from __future__ import annotations

from analyzers.delta import Insertion, brought
from analyzers.finding import Confidence, Finding, Span, Step

DOCUMENT = "eval(a)\n\nother(b)\n"


def at(
    text: str,
    words: str,
    nth: int = 0,
    *,
    sure: Confidence = "medium",
    source: str = "",
    message: str = "m",
) -> Finding:
    """A finding at the nth place of some words."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    steps = (
        (Step(Span(text.index(source), text.index(source) + len(source)), "from"),)
        if source
        else ()
    )
    return Finding("r", 95, "high", sure, Span(start, start + len(words)), message, steps)


def new(
    insertion: Insertion, after: list[Finding], before: list[Finding], *, read: bool = True
) -> list[Span]:
    """The places of what is new."""
    found = brought(after, before, DOCUMENT, insertion, lambda offset: read)
    return [finding.span for finding in found]


def test_a_second_copy_of_a_known_finding_is_new_where_it_was_inserted() -> None:
    for place in (0, 8):
        insertion = Insertion(Span(place, place), "eval(a)\n")
        text = insertion.applied(DOCUMENT)
        both = [at(text, "eval(a)"), at(text, "eval(a)", 1)]
        assert new(insertion, both, [at(DOCUMENT, "eval(a)")]) == [
            both[0 if place == 0 else 1].span
        ]


def test_what_an_insertion_does_elsewhere_is_new() -> None:
    insertion = Insertion(Span(8, 8), "from os import system as other")
    text = insertion.applied(DOCUMENT)
    found = at(text, "other(b)")
    assert new(insertion, [found], []) == [found.span]
    assert new(insertion, [found], [at(DOCUMENT, "other(b)")]) == []


def test_what_was_unread_before_is_not_new_for_being_read_now() -> None:
    insertion = Insertion(Span(8, 8), "pass")
    text = insertion.applied(DOCUMENT)
    assert new(insertion, [at(text, "other(b)")], [], read=False) == []
    inside = Insertion(Span(8, 8), "eval(c)")
    found = at(inside.applied(DOCUMENT), "eval(c)")
    assert new(inside, [found], [], read=False) == [found.span]


def test_a_call_that_stood_open_is_not_new_for_being_closed() -> None:
    document = "run(x, shell=True"
    for ending in (")", ", timeout=3)"):
        insertion = Insertion(Span(len(document), len(document)), ending)
        text = insertion.applied(document)
        found = brought(
            [at(text, text)], [at(document, document)], document, insertion, lambda _: True
        )
        assert found == ()


def test_a_call_that_stood_open_is_new_when_it_got_worse() -> None:
    document = "run(x"
    insertion = Insertion(Span(5, 5), " + y)")
    text = insertion.applied(document)
    sure = at(text, text, sure="high")
    assert brought([sure], [at(document, document)], document, insertion, lambda _: True) == (sure,)


def test_another_claim_about_a_known_place_is_new() -> None:
    document = "run(x"
    insertion = Insertion(Span(5, 5), ", shell=True)")
    text = insertion.applied(document)
    claim = at(text, text, message="a shell reads it")
    assert brought([claim], [at(document, document)], document, insertion, lambda _: True) == (
        claim,
    )


def test_another_source_of_a_known_flow_is_new() -> None:
    insertion = Insertion(Span(8, 8), "b = given")
    text = insertion.applied(DOCUMENT)
    found = at(text, "other(b)", source="given")
    assert new(insertion, [found], [at(DOCUMENT, "other(b)", source="eval")]) == [found.span]


def test_places_go_back_to_the_document() -> None:
    insertion = Insertion(Span(2, 4), "xyz")
    assert insertion.placed == Span(2, 5)
    assert [insertion.origin(offset) for offset in (1, 2, 4, 5, 6)] == [1, None, None, 4, 5]
    assert insertion.applied("abcdef") == "abxyzef"
    assert not Insertion(Span(3, 9), "").lies_in("abc")
