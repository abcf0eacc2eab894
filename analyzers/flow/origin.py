"""Where a value comes from, how far that is to be trusted, and what was done about it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How sure it is that somebody else decides over a value."""

    UNKNOWN = 1  # a parameter, an attribute, the answer of a function that is not in the file
    LOCAL = 2  # the command line, standard input, a file's or server's answer
    REMOTE = 3  # a request from the network


# Uses for which a value can be made harmless. "*" stands for all of them.
EVERYTHING = frozenset({"*"})
# Marks that travel like clearances: only a part of its origin, so that a guard on it says nothing
# of the whole; through a function that is not in the file; made absolute; of a path, said to be
# below some folder.
PART, THROUGH, RESOLVED, UNDER = "part", "through", "resolved", "under"


# Marks of paths: no ".." is in it; it does not begin at the root; it begins like some folder, or
# like one whose name goes on.
NO_DOTS, NOT_ABSOLUTE, NEARLY_UNDER = "no dots", "not absolute", "nearly under"
# A mark of what was put into a dictionary under a key, which says nothing of the key.
UNDER_A_KEY = "under a key"

# What together keep the target of a redirect on the program's own host.
AT_HOME = ("starts with a slash", "starts with no two slashes")


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """One place that values come from; there is one object for each (node, path).

    path: the keys by which it was taken out of what came from there.
    """

    node: ast.AST
    level: Level
    note: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taint:
    """An origin of a value, and the uses for which the value is harmless in spite of it."""

    origin: Origin
    cleared: frozenset[str] = frozenset()

    def is_clear_for(self, use: str) -> bool:
        """Whether it can do no harm there."""
        return use in self.cleared or "*" in self.cleared

    def with_cleared(self, uses: frozenset[str]) -> Taint:
        """The same origin, harmless for these uses too."""
        return self if uses <= self.cleared else Taint(self.origin, self.cleared | uses)
