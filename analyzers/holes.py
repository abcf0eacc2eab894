"""A tree without what is still missing at one place of it.

A repair writes `_` where an operand is missing, of which a rule must think the worst. What such a
text is worth before the operand is typed is another question, and this answers it.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from analyzers.code import Code

_WORD = re.compile(r"[\w.]*\Z")


@dataclass(frozen=True, slots=True)
class Hole:
    """A place where something is still to be typed.

    is_glued: whether that goes on with the name that ends there, which then is missing too.
    """

    at: int
    is_glued: bool = False


def without_hole(code: Code, hole: Hole) -> Code:
    """The code without the expression that is missing at a place, itself if none is.

    An argument is left out, and its call stands open; any other expression is the empty text.
    """
    finder = _Filler(code, hole)
    finder.find(code.tree)
    if not finder.opened and not finder.is_filled:
        return code
    return Code(code.text, code.tree, code.focus, code.project, code.opened | finder.opened)


class _Filler:
    """Takes out what is missing, in place: the tree is nobody else's."""

    def __init__(self, code: Code, hole: Hole) -> None:
        at = hole.at
        start = at - len(_WORD.search(code.text[max(at - 200, 0) : at])[0])  # type: ignore[index]
        self._code = code
        self._at = at
        self._start = start if hole.is_glued else at
        self.is_filled = False
        self.opened: frozenset[ast.AST] = frozenset()

    def find(self, node: ast.AST) -> None:
        """Looks below a node."""
        todo = [node]
        while todo:
            above = todo.pop()
            for name, held in ast.iter_fields(above):
                if isinstance(held, list):
                    kept = [self._put(above, each, todo) for each in held]
                    held[:] = [each for each in kept if each is not None]
                elif isinstance(held, ast.AST):
                    filled = self._put(above, held, todo)
                    if filled is not None:
                        setattr(above, name, filled)

    def _put(self, above: ast.AST, node: object, todo: list[ast.AST]) -> object:
        """What stands in the node's place; None for an argument that is left out."""
        is_given = isinstance(above, ast.Call) and node is not above.func
        looked = node.value if is_given and isinstance(node, ast.keyword) else node
        if self._is_missing(looked):
            self.is_filled = True
            if is_given:
                self.opened |= {above}
                return None
            return ast.copy_location(ast.Constant(""), looked)  # type: ignore[arg-type]
        if isinstance(node, ast.AST):
            todo.append(node)
        return node

    def _is_missing(self, node: object) -> bool:
        if not isinstance(node, ast.Name | ast.Attribute):
            return False
        if not isinstance(node.ctx, ast.Load):
            return False
        span = self._code.span(node)
        if isinstance(node, ast.Name) and node.id == "_" and span.start == span.end:
            return not self._code.text[min(span.start, self._at) : max(span.end, self._at)].strip()
        return self._start < self._at == span.end
