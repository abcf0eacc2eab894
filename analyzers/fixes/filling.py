"""Values at the placeholders of `%` and `format`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from analyzers.code import Code
from analyzers.finding import Span
from analyzers.fixes.literals import Char
from analyzers.fixes.parts import Form, Hole, unwrapped
from analyzers.fixes.writing import source

PERCENT = re.compile(r"%(?:\((\w+)\))?([#0\- +]*(?:\d+|\*)?(?:\.(?:\d+|\*))?)([a-zA-Z%])")
FORMAT = re.compile(r"\{(\w*)(![rsa])?(:[^{}]*)?\}")


def filled(
    code: Code,
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
        inner = unwrapped(value)
        found += _undoubled(parts[at:start], form)
        span = Span(parts[start].span.start, parts[end - 1].span.end)
        found.append(Hole(inner, source(code, inner), span, form, spec, parts[start].piece))
        at = end
    if len(used) != len(given):
        return None
    return found + _undoubled(parts[at:], form)


def _undoubled(parts: list[Char], form: Form) -> list[Char]:
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


def percent_values(node: ast.expr) -> tuple[Sequence[ast.expr], dict[str, ast.expr]]:
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
