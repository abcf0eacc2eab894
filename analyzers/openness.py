"""At which of its ends a piece of Python stands inside of a bracket or a string."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"#[^\n]*"
    r'|"{3}(?:[^\\]|\\.)*?(?:"{3}|\Z)|\'{3}(?:[^\\]|\\.)*?(?:\'{3}|\Z)'
    r'|"(?:[^"\\\n]|\\.)*(?:"|$)|\'(?:[^\'\\\n]|\\.)*(?:\'|$)'
    r"|[()\[\]{}]",
    re.DOTALL | re.MULTILINE,
)

_ENDED = re.compile(r"(\"{3}|'{3}|\"|')(?:[^\\]|\\.)*?\1", re.DOTALL)


@dataclass(frozen=True, slots=True)
class State:
    """Where a text ends.

    depth: how many brackets are open; relative to the beginning of what was read.
    quote: the marks of the string that it ends in, empty outside of one.
    """

    depth: int
    quote: str


def states(text: str, ends: Sequence[int]) -> list[State]:
    """The state at each of these ends, which are in order."""
    found: list[State] = []
    depth = 0
    tokens = iter(_TOKEN.finditer(text))
    token = next(tokens, None)
    for end in ends:
        while token is not None and (
            token.end() < end or (token.end() == end and not _is_unended(token[0]))
        ):
            depth += (token[0] in "([{") - (token[0] in ")]}")
            token = next(tokens, None)
        found.append(State(depth, _quote(token, end)))
    return found


def _quote(token: re.Match[str] | None, end: int) -> str:
    """The marks of the string that an end cuts, or that has no end."""
    if token is None or token.start() >= end:
        return ""
    return _marks(token[0])


def _marks(token: str) -> str:
    if token[0] not in "\"'":
        return ""
    return token[:3] if token[:3] in ('"""', "'''") else token[0]


def _is_unended(token: str) -> bool:
    marks = _marks(token)
    return bool(marks) and (len(token) < 2 * len(marks) or not _ENDED.fullmatch(token))
