"""Strings put together by `+`, `%`, `format` and f-strings, as characters and holes."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from analyzers.code import Code
from analyzers.finding import Span
from analyzers.fixes.filling import FORMAT, PERCENT, filled, percent_values
from analyzers.fixes.literals import Char, Piece, characters, pieces
from analyzers.fixes.parts import Hole, Template, unwrapped
from analyzers.fixes.writing import same, source


@dataclass(slots=True)
class _Reader:
    code: Code
    tails: list[Span] = field(default_factory=list)

    def read(self, node: ast.expr) -> list[Char | Hole] | None:
        if isinstance(node, ast.Constant | ast.JoinedStr):
            return self._literal(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.read(node.left), self.read(node.right)
            return None if left is None or right is None else left + right
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            return self._percent(node)
        if _is_format(node):
            assert isinstance(node, ast.Call)
            return self._format(node)
        joined = _joined(node)
        if joined is not None:
            read = [self.read(item) for item in joined]
            if any(parts is None for parts in read):
                return None
            every = [part for parts in read if parts is not None for part in parts]
            return [_of_join(part) for part in every]
        inner = unwrapped(node)
        return [Hole(inner, source(self.code, inner), self.code.span(node), "+")]

    def _literal(self, node: ast.Constant | ast.JoinedStr) -> list[Char | Hole] | None:
        if isinstance(node, ast.Constant) and not isinstance(node.value, str):
            return None
        found = pieces(self.code.text, self.code.span(node))
        if found is None:
            return None
        values = (
            [item for item in node.values if isinstance(item, ast.FormattedValue)]
            if isinstance(node, ast.JoinedStr)
            else []
        )
        if len(values) != sum(len(piece.fields) for piece in found):
            return None
        fields = iter(values)
        parts: list[Char | Hole] = []
        for piece in found:
            for item in characters(self.code.text, piece):
                if isinstance(item, Char):
                    parts.append(item)
                    continue
                hole = self._field(next(fields), item, piece)
                if hole is None:
                    return None
                parts.append(hole)
        return parts

    def _field(self, value: ast.FormattedValue, at: Span, piece: Piece) -> Hole | None:
        written = self.code.text[at.start + 1 : at.end - 1]
        for end in [i for i, char in enumerate(written) if char in "!:"] + [len(written)]:
            if same(written[:end], value.value):
                inner = unwrapped(value.value)
                text = written[:end].strip() if inner is value.value else ast.unparse(inner)
                return Hole(inner, text, at, "f", written[end:].strip(), piece)
        return None

    def _percent(self, node: ast.BinOp) -> list[Char | Hole] | None:
        parts = self._chars(node.left)
        if parts is None:
            return None
        given, named = percent_values(node.right)
        filled_parts = filled(self.code, parts, PERCENT, "%", given, named)
        gap = Span(self.code.span(node.left).end, self.code.span(node.right).start)
        sign = self.code.text.rfind("%", gap.start, gap.end)
        if filled_parts is None or sign < 0:
            return None
        start = len(self.code.text[:sign].rstrip())
        self.tails.append(Span(start, self.code.span(node).end))
        return filled_parts

    def _format(self, node: ast.Call) -> list[Char | Hole] | None:
        assert isinstance(node.func, ast.Attribute)
        parts = self._chars(node.func.value)
        if parts is None or any(isinstance(arg, ast.Starred) for arg in node.args):
            return None
        if any(item.arg is None for item in node.keywords):
            return None
        named = {item.arg: item.value for item in node.keywords if item.arg}
        filled_parts = filled(self.code, parts, FORMAT, "format", node.args, named)
        dot = self.code.text.rfind(".", 0, self.code.span(node.func).end)
        if filled_parts is None or dot < self.code.span(node.func.value).end:
            return None
        start = len(self.code.text[:dot].rstrip())
        self.tails.append(Span(start, self.code.span(node).end))
        return filled_parts

    def _chars(self, node: ast.expr) -> list[Char] | None:
        """The characters of a plain literal."""
        if not isinstance(node, ast.Constant):
            return None
        parts = self._literal(node)
        if parts is None or not all(isinstance(part, Char) for part in parts):
            return None
        return [part for part in parts if isinstance(part, Char)]


def template(code: Code, node: ast.expr) -> Template | None:
    """What a string expression is made of; None where it is none, or is made in another way."""
    reader = _Reader(code)
    parts = reader.read(node)
    if not parts or all(isinstance(part, Hole) and part.form in ("+", "join") for part in parts):
        return None
    forms = {part.form for part in parts if isinstance(part, Hole)} - {"+", "join"}
    if len(reader.tails) > 1 or (reader.tails and len(forms) > 1):
        return None
    return Template(node, tuple(parts), tuple(reader.tails))


def _of_join(part: Char | Hole) -> Char | Hole:
    """An operand as one of the list."""
    is_operand = isinstance(part, Hole) and part.form == "+"
    return replace(part, form="join") if isinstance(part, Hole) and is_operand else part


def _joined(node: ast.expr) -> list[ast.expr] | None:
    """The parts of `"".join([...])`."""
    if not (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "join"
        and isinstance(node.func.value, ast.Constant)
        and node.func.value.value == ""
        and len(node.args) == 1
    ):
        return None
    parts = node.args[0]
    if not isinstance(parts, ast.List | ast.Tuple) or not parts.elts:
        return None
    return None if any(isinstance(part, ast.Starred) for part in parts.elts) else parts.elts


def is_string(node: ast.expr) -> bool:
    """Whether an expression puts a string together."""
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return is_string(node.left) or (isinstance(node.op, ast.Add) and is_string(node.right))
    return _is_format(node) or any(map(is_string, _joined(node) or ()))


def _is_format(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
        and isinstance(node.func.value, ast.Constant)
        and isinstance(node.func.value.value, str)
    )
