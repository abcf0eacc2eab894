"""What the interpreter leaves behind: calls, stores and answers, with what was known of them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from analyzers.flow.heap import Thing
from analyzers.flow.origin import Level, Origin, Taint
from analyzers.flow.value import Value, bounded

_MAX_DEPTH = 4


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """Something that a rule may want to look at.

    what: a call; a value stored under a key of an object; what a function of the file answers.
    name: the dotted name of what is called, empty where it is not known.
    method: the last part of the name, or the name of the method.
    receiver: what the method is called on, or what is stored into.
    arguments: by position; of a store the key and the value, of an answer the value.
    function: the function around it.
    heap: what the arguments can reach, as it was then.
    in_focus: whether it happened in the focus, or in what that called.
    """

    what: Literal["call", "store", "answer"]
    node: ast.expr | ast.stmt
    name: str
    method: str
    receiver: Value | None
    arguments: tuple[Value, ...]
    keywords: Mapping[str, Value] = field(default_factory=dict)
    function: ast.AST | None = None
    heap: Mapping[int, Thing] = field(default_factory=dict)
    has_more: bool = False
    in_focus: bool = True

    def argument(self, position: int | None, *keywords: str) -> Value | None:
        """The argument at a position or under one of the keywords."""
        if position is not None and position < len(self.arguments):
            return self.arguments[position]
        return next((self.keywords[key] for key in keywords if key in self.keywords), None)

    def thing(self, value: Value) -> Thing | None:
        """The object that a value is, where it is one only."""
        return self.heap.get(value.refs[0]) if len(value.refs) == 1 else None

    def deep(self, value: Value) -> Value:
        """The value with the origins of all that it holds."""
        if not value.refs:
            return value
        taints: set[Taint] = set(value.taints)
        seen: set[int] = set()
        level, is_built = list(value.refs), value.is_built
        for _ in range(_MAX_DEPTH):
            following: list[int] = []
            for ref in level:
                thing = None if ref in seen else self.heap.get(ref)
                seen.add(ref)
                for held in thing.everything() if thing is not None else ():
                    taints |= held.taints
                    is_built = is_built or held.is_built
                    following += held.refs
            level = following
        return Value(
            bounded(frozenset(taints)),
            value.options,
            value.text,
            kind=value.kind,
            is_built=is_built,
        )


class Origins:
    """One object for each place that values come from.

    has_remote: whether anything came from the network.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[ast.AST, int, tuple[str, ...]], Origin] = {}
        self.has_remote = False

    def at(self, node: ast.AST, level: int, note: str, path: tuple[str, ...] = ()) -> Origin:
        """The origin of this place."""
        key = (node, level, path)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Origin(node, Level(level), note, path)
            self.has_remote = self.has_remote or found.level is Level.REMOTE
        return found
