"""Drafts by looking up, against the definition in words: search everything, take the best."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codegen.drafts.lookup import LEAST_MATCH, MOST_MATCH, Draft, PromptLookup


def found(others: list[int], tokens: list[int], n_most: int = 4) -> tuple[list[int], int] | None:
    draft = PromptLookup(others, tokens).find(n_most)
    return None if draft is None else (list(draft.token_ids), draft.n_matched)


def test_what_followed_the_same_tokens_is_drafted() -> None:
    assert found([], [1, 2, 3, 4, 9, 1, 2]) == ([3, 4, 9, 1], 2)


def test_the_longest_match_wins_and_then_the_latest() -> None:
    assert found([], [5, 1, 2, 7, 6, 1, 2, 8, 5, 1, 2], 1) == ([7], 3)
    assert found([], [5, 1, 2, 7, 6, 1, 2, 8, 4, 1, 2], 1) == ([8], 2)


def test_one_token_in_common_is_no_match() -> None:
    assert found([], [1, 2, 3, 4, 2]) is None
    assert found([], [1]) is None
    assert found([], []) is None


def test_other_texts_are_looked_through_up_to_their_end() -> None:
    assert found([1, 2, 3], [8, 1, 2]) == ([3], 2)
    assert found([1, 2], [3, 1, 2]) is None, "nothing follows there"
    assert found([7, 1], [2, 5, 7, 1, 2]) is None, "no match across the end of a text"


def test_tokens_that_come_are_looked_through_too() -> None:
    lookup = PromptLookup([], [1, 2])
    for token_id in (3, 1, 2):
        lookup.push(token_id)
    assert lookup.find(2) == Draft([3, 1], 2)
    assert lookup.find(0) is None


@given(st.lists(st.integers(0, 2), max_size=30), st.lists(st.integers(0, 2), max_size=30))
def test_a_draft_is_the_one_that_a_search_of_everything_finds(
    others: list[int], tokens: list[int]
) -> None:
    best: tuple[int, int, list[int]] | None = None
    for base, text in ((0, others), (len(others), tokens)):
        for place in range(LEAST_MATCH, len(text)):
            n = 0
            while n < min(place, len(tokens), MOST_MATCH) and text[place - 1 - n] == tokens[-1 - n]:
                n += 1
            if n >= LEAST_MATCH and (best is None or (n, base + place) > best[:2]):
                best = (n, base + place, text[place : place + 3])
    expected = None if best is None else (best[2], best[0])
    assert found(others, tokens, 3) == expected
