"""The words of a text are those of its parts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.registry import rules
from analyzers.said import words_said

_SCRIPTS = {"javascript", "typescript", "any"}
_WORDS = sorted(
    {
        word
        for each in rules().values()
        if not _SCRIPTS.isdisjoint(each.rule.languages)
        for word in each.rule.words
    }
)
_PIECES = st.sampled_from(["\n", "\n\n", "  ", "}", "x" * 700, *_WORDS])


def test_no_word_goes_on_over_the_end_of_a_line() -> None:
    assert not [word for word in _WORDS if "\n" in word or "\r" in word]


@given(st.lists(_PIECES, max_size=30).map("".join))
@settings(max_examples=200, deadline=None)
def test_a_text_has_the_words_that_it_has_and_no_others(text: str) -> None:
    assert words_said(text) == {word for word in _WORDS if word in text}


@given(st.lists(_PIECES, max_size=10).map("".join))
@settings(max_examples=50, deadline=None)
def test_a_rule_may_be_where_one_of_its_words_is(text: str) -> None:
    said = words_said(text)
    for each in rules().values():
        if not _SCRIPTS.isdisjoint(each.rule.languages):
            assert each.rule.may_be_among(said) == each.rule.may_be_in(text)
