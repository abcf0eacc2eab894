"""Which prefixes of an insertion into a script have to be looked at, and by which rules.

`analyzers.prefixes` says when a prefix counts. What is spared here does not: it leaves no script,
or one like that of the prefix before, or one in which nothing comes from outside.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.finding import Span
from analyzers.incremental import Place
from analyzers.javascript.foreign import may_be_foreign
from analyzers.javascript.openness import cut_comments, open_ends
from analyzers.javascript.reading import parsed
from analyzers.policy import Policy
from analyzers.relevance import blocking, of_foreign_alone
from analyzers.seams import line_around
from analyzers.text_lines import readable


def needed(
    place: Place, policy: Policy, ends: tuple[int, ...]
) -> Iterator[tuple[int, frozenset[str]]]:
    """Each prefix with the rules for code that may block it; none if it is plain that none does."""
    text = place.insertion.text
    around = place.insertion.applied(place.document)
    near = line_around(place)
    right, seams = near.right, near.seams(ends)
    rules = blocking(f"{around}\n{seams}", place.language.removesuffix("react"), policy)
    is_open = [False] * len(ends)
    comments: list[int | None] = [None] * len(ends)
    if rules:
        whole = parsed(readable(around), place.language)
        start, *cuts = _in_bytes(around, place.insertion.placed.start, (*ends, len(text)))
        part = Span(start, cuts.pop())
        if not may_be_foreign(whole, part):
            rules -= of_foreign_alone(rules, policy)
        if rules and not whole.tree.root_node.has_error:
            is_open = open_ends(whole, part, cuts)
            if not right.strip():
                comments = cut_comments(whole, cuts)
    last, commented = "", None
    for end, opened, comment in zip(ends, is_open, comments, strict=True):
        done = text[:end].rstrip(" \t\r\n")
        is_new = done != last or bool(right.strip())
        # Of the beginnings of one comment one stands for all.
        is_new = is_new and (comment is None or comment != commented)
        is_code = bool(rules) and not opened and is_new
        last, commented = done, comment
        yield end, rules if is_code else frozenset()


def _in_bytes(text: str, start: int, lengths: tuple[int, ...]) -> list[int]:
    """Where the part and its ends lie in UTF-8."""
    text = readable(text)
    before = len(text[:start].encode())
    return [before, *(before + len(text[start : start + n].encode()) for n in lengths)]
