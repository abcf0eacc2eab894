"""Strings put together by `+`, `%`, `format` and f-strings, as characters and holes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from analyzers.code import Code
from analyzers.finding import Edit, Span
from analyzers.fixes.literals import Char, Piece, characters, pieces
from analyzers.fixes.writing import same, source

Form = Literal["f", "%", "format", "+", "join"]
_PERCENT = re.compile(r"%(?:\((\w+)\))?([#0\- +]*(?:\d+|\*)?(?:\.(?:\d+|\*))?)([a-zA-Z%])")
_FORMAT = re.compile(r"\{(\w*)(![rsa])?(:[^{}]*)?\}")


@dataclass(frozen=True, slots=True)
class Hole:
    """A value that goes into a string.

    text: the value as an expression, `str()` around it left out.
    span: what stands for it in the text: a field, a placeholder, an operand.
    spec: how it is formatted, as written: `!r`, `:.2f`, `d`; empty for as it is.
    piece: the literal that the placeholder is in, None for an operand of `+`.
    """

    value: ast.expr
    text: str
    span: Span
    form: Form
    spec: str = ""
    piece: Piece | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """What a string is made of.

    expression: the whole of it.
    tail: for `%` and `format` where that stands which holds the values.
    """

    expression: ast.expr
    parts: tuple[Char | Hole, ...]
    tails: tuple[Span, ...] = ()

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The values, in order."""
        return tuple(part for part in self.parts if isinstance(part, Hole))

    @property
    def filled(self) -> tuple[Hole, ...]:
        """The values that `%` or `format` puts in."""
        return tuple(hole for hole in self.holes if hole.form in ("%", "format"))

    @property
    def constant(self) -> str:
        """The text between the holes, each hole as NUL."""
        return "".join(part.char if isinstance(part, Char) else "\0" for part in self.parts)


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
        inner = _inner(node)
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
                inner = _inner(value.value)
                text = written[:end].strip() if inner is value.value else ast.unparse(inner)
                return Hole(inner, text, at, "f", written[end:].strip(), piece)
        return None

    def _percent(self, node: ast.BinOp) -> list[Char | Hole] | None:
        parts = self._chars(node.left)
        if parts is None:
            return None
        given, named = _percent_values(node.right)
        filled = self._filled(parts, _PERCENT, "%", given, named)
        gap = Span(self.code.span(node.left).end, self.code.span(node.right).start)
        sign = self.code.text.rfind("%", gap.start, gap.end)
        if filled is None or sign < 0:
            return None
        start = len(self.code.text[:sign].rstrip())
        self.tails.append(Span(start, self.code.span(node).end))
        return filled

    def _format(self, node: ast.Call) -> list[Char | Hole] | None:
        assert isinstance(node.func, ast.Attribute)
        parts = self._chars(node.func.value)
        if parts is None or any(isinstance(arg, ast.Starred) for arg in node.args):
            return None
        if any(item.arg is None for item in node.keywords):
            return None
        named = {item.arg: item.value for item in node.keywords if item.arg}
        filled = self._filled(parts, _FORMAT, "format", node.args, named)
        dot = self.code.text.rfind(".", 0, self.code.span(node.func).end)
        if filled is None or dot < self.code.span(node.func.value).end:
            return None
        start = len(self.code.text[:dot].rstrip())
        self.tails.append(Span(start, self.code.span(node).end))
        return filled

    def _chars(self, node: ast.expr) -> list[Char] | None:
        """The characters of a plain literal."""
        if not isinstance(node, ast.Constant):
            return None
        parts = self._literal(node)
        if parts is None or not all(isinstance(part, Char) for part in parts):
            return None
        return [part for part in parts if isinstance(part, Char)]

    def _filled(
        self,
        parts: list[Char],
        pattern: re.Pattern[str],
        form: Form,
        given: Sequence[ast.expr],
        named: dict[str, ast.expr],
    ) -> list[Char | Hole] | None:
        """The parts with the values at their placeholders."""
        text = "".join(part.char if len(part.char) == 1 else "\1" for part in parts)
        found: list[Char | Hole] = []
        used: set[int] = set()
        at = position = 0
        for match in pattern.finditer(text.replace("{{", "\1\1").replace("}}", "\1\1")):
            if match[0].startswith("%") and match[3] == "%":
                continue
            start, end = match.span()
            name = match[1] or ""
            if (form == "%" and not name) or not name:
                key: int | str = position
                position += 1
            else:
                key = int(name) if name.isdigit() else name
            value = _value(key, given, named)
            if value is None:
                return None
            if isinstance(key, int):
                used.add(key)
            spec = (
                match[2] + ("" if match[3] == "s" else match[3])
                if form == "%"
                else (match[2] or "") + (match[3] or "")
            )
            inner = _inner(value)
            found += _single(parts[at:start], form)
            span = Span(parts[start].span.start, parts[end - 1].span.end)
            found.append(
                Hole(inner, source(self.code, inner), span, form, spec, parts[start].piece)
            )
            at = end
        if len(used) != len(given):
            return None
        return found + _single(parts[at:], form)


def _single(parts: list[Char], form: Form) -> list[Char]:
    """The characters with those as one that are doubled beside placeholders: `%%`, `{{`."""
    found: list[Char] = []
    signs = "%" if form == "%" else "{}"
    is_second = False
    for i, part in enumerate(parts):
        if is_second:
            is_second = False
        elif part.char in signs and i + 1 < len(parts) and parts[i + 1].char == part.char:
            span = Span(part.span.start, parts[i + 1].span.end)
            found.append(Char(part.char, span, part.piece))
            is_second = True
        else:
            found.append(part)
    return found


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


def wrapped(code: Code, made: Template, holes: Sequence[Hole], around: str) -> list[Edit] | None:
    """Each of the holes with a call around it: `around` holds `{}` where the value goes.

    None where a hole is formatted in a way that the call would lose.
    """
    edits: list[Edit] = []
    for hole in holes:
        text = around.format(hole.text)
        if hole.form in ("+", "join"):
            edits.append(Edit(hole.span, text))
            continue
        if hole.spec not in ("", "!s"):
            return None
        if hole.form == "f":
            assert hole.piece is not None
            if hole.piece.quote in text or "\\" in text or "\n" in text:
                return None
            edits.append(Edit(hole.span, f"{{{text}}}"))
        else:
            edits.append(Edit(code.span(hole.value), text))
            if code.source(hole.value) != hole.text:
                return None
    return edits


def _is_format(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
        and isinstance(node.func.value, ast.Constant)
        and isinstance(node.func.value.value, str)
    )


def _inner(node: ast.expr) -> ast.expr:
    """`x` of `str(x)`."""
    while (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "str"
        and len(node.args) == 1
        and not node.keywords
        and not isinstance(node.args[0], ast.Starred)
    ):
        node = node.args[0]
    return node


def _percent_values(node: ast.expr) -> tuple[Sequence[ast.expr], dict[str, ast.expr]]:
    if isinstance(node, ast.Tuple):
        return node.elts, {}
    if isinstance(node, ast.Dict):
        return (), dict(_items(node))
    return (node,), {}


def _items(node: ast.Dict) -> Iterator[tuple[str, ast.expr]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, value


def _value(
    key: int | str, given: Sequence[ast.expr], named: dict[str, ast.expr]
) -> ast.expr | None:
    if isinstance(key, str):
        return named.get(key)
    return given[key] if key < len(given) else None
