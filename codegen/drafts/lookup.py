"""Drafts by looking up: what followed the last time the same tokens stood in a row.

Source: prompt lookup decoding (Saxena, 2023); the longest match wins, the latest of equals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

# Two tokens in a row say little, one says nothing.
LEAST_MATCH = 2
MOST_MATCH = 8
# Of many places with the same two tokens, only the latest are compared further.
_MOST_PLACES = 24


@dataclass(frozen=True, slots=True)
class Draft:
    """Tokens that may follow, because as many as `n_matched` before them stood in a row before."""

    token_ids: Sequence[int]
    n_matched: int


class PromptLookup:
    """Finds drafts in the text of one sequence, and in others that stand before it.

    The tokens of the sequence are added as they come.
    """

    def __init__(self, others: Sequence[int], tokens: Sequence[int]) -> None:
        """Begins with the sequence's own tokens so far.

        others: tokens of other texts to look in; a match never counts across their end.
        """
        self._tokens = [*others, None]
        self._places: defaultdict[tuple[int | None, ...], list[int]] = defaultdict(list)
        for end in range(LEAST_MATCH, len(others)):
            self._places[tuple(others[end - LEAST_MATCH : end])].append(end)
        self._begin = len(self._tokens)
        for token_id in tokens:
            self.push(token_id)

    def push(self, token_id: int) -> None:
        """Adds the sequence's next token."""
        # The place that ends before this token is one that something follows now.
        end = len(self._tokens)
        if end - LEAST_MATCH >= self._begin:
            self._places[tuple(self._tokens[end - LEAST_MATCH : end])].append(end)
        self._tokens.append(token_id)

    def find(self, n_most: int) -> Draft | None:
        """What may follow, at most `n_most` tokens; None where nothing is known."""
        end = len(self._tokens)
        if n_most < 1 or end - LEAST_MATCH < self._begin:
            return None
        places = self._places.get(tuple(self._tokens[end - LEAST_MATCH : end]), [])
        best, n_best = 0, 0
        for place in reversed(places[-_MOST_PLACES:]):
            n = self._n_matched(place, end)
            if n > n_best:
                best, n_best = place, n
                if n >= MOST_MATCH:
                    break
        found: list[int] = []
        for token_id in self._tokens[best : best + n_most] if n_best else ():
            if token_id is None:
                break
            found.append(token_id)
        return Draft(found, n_best) if found else None

    def _n_matched(self, place: int, end: int) -> int:
        n = LEAST_MATCH
        while (
            n < MOST_MATCH
            and place - n > 0
            and end - n > self._begin
            and self._tokens[place - n - 1] == self._tokens[end - n - 1]
        ):
            n += 1
        return n
