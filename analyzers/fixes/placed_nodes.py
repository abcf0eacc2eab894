"""The nodes of a tree by the lines that they stand on, found without a look at all the others."""

from __future__ import annotations

import ast


class PlacedNodes:
    """Every node of a tree that has a place, from the outside in.

    A node lies in the smallest bin that holds its lines, where the bins of level k are the runs of
    2**k lines. A large bin holds only what crosses its middle, which is as much as is nested there:
    what is on a line is found in the few bins above it.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.nodes = [node for node in ast.walk(tree) if hasattr(node, "lineno")]
        self._bins: dict[tuple[int, int], list[int]] = {}
        for number, node in enumerate(self.nodes):
            first, last = _lines(node)
            level = (first ^ last).bit_length()
            self._bins.setdefault((level, first >> level), []).append(number)
        self._levels = sorted({level for level, _ in self._bins})

    def on_lines(self, first: int, last: int) -> list[ast.AST]:
        """The nodes that stand on any of the lines `first` to `last`, in the order of `nodes`."""
        near = [
            number
            for level in self._levels
            for at in range(first >> level, (last >> level) + 1)
            for number in self._bins.get((level, at), ())
        ]
        near.sort()
        found = (self.nodes[number] for number in near)
        return [node for node in found if _lines(node)[0] <= last and first <= _lines(node)[1]]


def _lines(node: ast.AST) -> tuple[int, int]:
    return node.lineno, node.end_lineno  # type: ignore[attr-defined]
