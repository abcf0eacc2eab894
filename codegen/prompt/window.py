"""The part of a file around the cursor that fits a budget of tokens.

Only a window of characters is encoded, however long the file is. Where the prefix begins, its
first token decides whether a cache of earlier prompts can be used, so the cut stays where it is
while the user types: it lies on the first line start behind a multiple of so many characters, and
moves on by a block of them once the budget is full.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from codegen.tokenizer import Tokenizer

# Code has three to four characters per token. A window that turns out too small is doubled, but
# not for ever: more than 16 to a token is a desert of spaces, which tells a model nothing.
_CHARACTERS_PER_TOKEN = 5
_MAX_CHARACTERS_PER_TOKEN = 16


def fit_prefix(tokenizer: Tokenizer, text: str, limit: int) -> list[int]:
    """The tokens of the end of `text`, at most `limit`, from a line start if one lies inside."""
    if limit <= 0 or not text:
        return []
    n_characters = limit * _CHARACTERS_PER_TOKEN
    while True:
        begin = max(0, len(text) - n_characters)
        ids, starts = tokenizer.encode_with_starts(text[begin:])
        if begin == 0 and len(ids) <= limit:
            return ids
        if len(ids) > limit or n_characters >= limit * _MAX_CHARACTERS_PER_TOKEN:
            break
        n_characters *= 2

    earliest = begin + _first_to_keep(text[begin:], starts, limit)
    # In blocks of half of it 46 tokens were read anew for each request while a long file was typed
    # in, in blocks of this size 23, for a prefix that is 6 % shorter in the mean.
    for cut in _cuts(text, earliest, block=max(1, limit)):
        # Words that the cut splits may take a token more than they did in the window.
        ids = tokenizer.encode(text[cut:])
        if len(ids) <= limit:
            return ids
    return []


def fit_suffix(tokenizer: Tokenizer, text: str, limit: int) -> list[int]:
    """The tokens of the beginning of `text`, at most `limit`, to a line end if one lies inside."""
    if limit <= 0 or not text:
        return []
    n_characters = limit * _CHARACTERS_PER_TOKEN
    while True:
        ids, starts = tokenizer.encode_with_starts(text[:n_characters])
        if n_characters >= len(text) and len(ids) <= limit:
            return ids
        if len(ids) > limit or n_characters >= limit * _MAX_CHARACTERS_PER_TOKEN:
            break
        n_characters *= 2

    cut = starts[limit] if len(ids) > limit else n_characters
    while cut > 0:
        cut = text.rfind("\n", 0, cut) + 1 or cut
        ids = tokenizer.encode(text[:cut])
        if len(ids) <= limit:
            return ids
        cut -= 1
    return []


def _first_to_keep(window: str, starts: list[int], limit: int) -> int:
    """The offset behind which the rest of the window has about `limit` tokens, seldom more.

    The line being typed counts by its length, in steps: its tokens come and go as words complete,
    and the cut would come and go with them. It counts for as many tokens as it can well have, two
    characters to each: were it more than that, the cut would fit at one keystroke and not at the
    next.
    """
    line_start = window.rfind("\n") + 1
    step = max(1, limit // 16)
    for_lines = limit - _round_up((len(window) - line_start) // 2 + 1, step)
    if line_start == 0 or for_lines <= 0:
        return starts[max(0, len(starts) - limit)]
    return starts[max(0, bisect_left(starts, line_start) - for_lines)]


def _cuts(text: str, earliest: int, block: int) -> Iterator[int]:
    """Where `text` may begin, best first: nowhere before `earliest`."""
    end = len(text)
    for position in range(_round_up(earliest, block), end, block):
        # The line that crosses a block's border may be long: it may come whole or not at all.
        yield from _inside(text.rfind("\n", earliest - 1, position) + 1, earliest, end)
        yield from _inside(text.find("\n", position - 1) + 1, earliest, end)
    cut = text.find("\n", max(0, earliest - 1)) + 1
    while earliest <= cut < end and cut > 0:
        yield cut
        cut = text.find("\n", cut) + 1

    # One line fills the budget. The coarser the grid, the longer the cut stays.
    step = block
    while step > 1:
        yield from _inside(_round_up(earliest, step), earliest, end)
        step //= 2
    yield from range(earliest, end)


def _inside(cut: int, earliest: int, end: int) -> Iterator[int]:
    if earliest <= cut < end:
        yield cut


def _round_up(n: int, step: int) -> int:
    return -(-n // step) * step
