"""What can be read of half-typed and cut-out Python."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from analyzers.finding import Span
from analyzers.reading.parsing import Problem, parse


@dataclass(frozen=True, slots=True)
class Tolerant:
    """A tree of what could be read, in the lines and columns of the text as it was given.

    left_out: the lines (from 1) that were not read, none of them of the kept span.
    open: the nodes that only the repair closed; what they lack may still be typed.
    """

    tree: ast.Module
    left_out: tuple[int, ...] = ()
    open: frozenset[ast.AST] = frozenset()

    @property
    def is_repaired(self) -> bool:
        """Whether the text was not read just as it stands."""
        return bool(self.left_out or self.open)


def parse_tolerant(text: str, keep: Span | None = None) -> Tolerant | Problem:
    """The tree of as much of `text` as can be read, all of `keep` at least. Never raises."""
    tree = parse(text)
    return tree if isinstance(tree, Problem) else Tolerant(tree)
