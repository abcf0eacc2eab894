"""A Python text's tree, independent of the version of the Python that runs this.

The parser of the host reads what it can. For the rest, `layout` writes newer syntax as older syntax
that stands in the same places, and what that leaves out is put back here. Nodes that the host
lacks become the nearest that it has: a type alias is an assignment, a t-string an f-string, and
type parameters are dropped.
"""

from __future__ import annotations

import ast
import keyword
import re
import threading
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from types import CodeType

from analyzers.reading.layout import Layout, looks_newer, older
from analyzers.reading.places import PLACED, Places
from analyzers.reading.tokens import MOST_NESTED_STRINGS, Field, Token, Unreadable, tokens

NO_SOURCE = re.compile("[\0\ud800-\udfff]")  # NUL, and halves of surrogate pairs.
_BOM = "\ufeff"
_SHOWN = "\ue000"  # Stands for the text of a field that shows it, `{a=}`.
_CONVERSION = re.compile(r"!\s*(\w+)\s*")
_FILTERS = threading.Lock()  # The filters of warnings are one list for all threads.


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text has no tree, and the line (from 1) at which the parser stopped."""

    message: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.message} (line {self.line})"


def parse(text: str, *, may_be_newer: bool = True) -> ast.Module | Problem:
    """The tree of a Python text of any version from 3.8, or what stands in the way. Never raises.

    Lines and columns are those of CPython. For f-strings that the host cannot read they are those
    of Python 3.11: the parts that are no expressions stand where the whole string stands.

    may_be_newer: False spares looking for newer syntax in what the host does not read.
    """
    if text.startswith(_BOM):
        tree = parse(text[1:], may_be_newer=may_be_newer)
        if isinstance(tree, ast.Module):
            _move(tree, 0, len(_BOM.encode()))
        return tree
    try:
        return _read(text) if may_be_newer else _host(text)
    except SyntaxError as error:
        return Problem(error.msg, error.lineno or _line_of_no_source(text))
    except ValueError as error:
        return Problem(str(error), _line_of_no_source(text))
    except (RecursionError, MemoryError):
        return Problem("nested too deeply")


def _line_of_no_source(text: str) -> int:
    """Where the first character stands that no source may hold."""
    found = NO_SOURCE.search(text)
    return Places(text).place(found.start())[0] if found else 1


def lower(text: str) -> ast.Module:
    """As `parse`, with every f-string read here and none by the host.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `ast.parse`.
    """
    return _lowered(text, older(text, every_string=True) or Layout(text), 0)


def _read(text: str, depth: int = 0) -> ast.Module:
    try:
        return _host(text)
    except SyntaxError as error:
        if not looks_newer(text):
            raise
        try:
            layout = older(text)
        except Unreadable as unreadable:
            line = Places(text).place(unreadable.offset)[0]
            raise SyntaxError(unreadable.message, ("", line, 0, "")) from error
        if layout is None:
            raise
    return _lowered(text, layout, depth)


def compiled(text: str) -> CodeType:
    """What the host makes of a text, which is not run.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `compile`.
    """
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(text, "<text>", "exec", dont_inherit=True)


def _host(text: str) -> ast.Module:
    with _FILTERS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _lowered(text: str, layout: Layout, depth: int) -> ast.Module:
    if depth > MOST_NESTED_STRINGS:
        raise RecursionError
    tree = _host(layout.text)
    if not layout.has_holes:
        return tree
    places = Places(text)
    for node in list(ast.walk(tree)):
        if layout.lazy and isinstance(getattr(node, "body", None), list):
            _take_out_lazy(node, layout)
        if not isinstance(node, ast.JoinedStr | ast.ExceptHandler | ast.Assign):
            continue
        place = node.lineno, node.col_offset
        if isinstance(node, ast.JoinedStr):
            if place in layout.strings:
                node.values = _values(text, layout.strings[place], node, places, depth)
        elif isinstance(node, ast.ExceptHandler):
            if place in layout.handlers:
                node.type = _expression(text, *layout.handlers[place], places, depth)
        elif place in layout.aliases:
            del node.targets[0]
    return tree


def _take_out_lazy(node: ast.AST, layout: Layout) -> None:
    """Lazy imports stand at the top of a file, and nowhere but in `body`."""
    body: list[ast.stmt] = node.body  # type: ignore[attr-defined]
    for lazy, import_ in pairwise(list(body)):
        if isinstance(lazy, ast.Expr) and (lazy.lineno, lazy.col_offset) in layout.lazy:
            import_.lineno, import_.col_offset = lazy.lineno, lazy.col_offset
            body.remove(lazy)


def _values(
    text: str, group: Sequence[Token], whole: ast.JoinedStr, places: Places, depth: int
) -> list[ast.expr]:
    """The parts of an f-string: the host reads its text, with a zero for every expression."""
    fields: list[Field] = []
    source = "(" + " ".join(_with_zeros(text, string, fields) for string in group) + ")"
    statement = _host(source).body[0]
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.JoinedStr)
    shown = iter([f for f in fields if f.debug_end > f.expression_end])
    following = iter(fields)
    for node in _in_order(statement.value):
        node.lineno, node.col_offset = whole.lineno, whole.col_offset
        node.end_lineno, node.end_col_offset = whole.end_lineno, whole.end_col_offset
        if isinstance(node, ast.FormattedValue):
            found = next(following)
            node.value = _expression(text, found.start + 1, found.expression_end, places, depth)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            for showing in islice(shown, node.value.count(_SHOWN)):
                there = text[showing.start + 1 : showing.debug_end]
                node.value = node.value.replace(_SHOWN, there, 1)
    return statement.value.values


def _in_order(joined: ast.JoinedStr) -> Iterator[ast.JoinedStr | ast.FormattedValue | ast.Constant]:
    for value in joined.values:
        assert isinstance(value, ast.FormattedValue | ast.Constant)
        yield value
        if isinstance(value, ast.FormattedValue) and isinstance(value.format_spec, ast.JoinedStr):
            yield value.format_spec
            yield from _in_order(value.format_spec)


def _with_zeros(text: str, string: Token, fields: list[Field]) -> str:
    if string.fields is None:
        return string.text
    prefix = string.prefix.replace("t", "f")
    start = string.start + len(string.prefix)
    return prefix + _zeros(text, start, string.end, string.fields, fields)


def _zeros(text: str, start: int, end: int, inside: Sequence[Field], fields: list[Field]) -> str:
    parts: list[str] = []
    for found in inside:
        fields.append(found)
        parts.append(text[start : found.start])
        after = _zeros(text, found.debug_end, found.end, found.fields, fields)
        after = _CONVERSION.sub(r"!\1", after, count=1) if after[0] == "!" else after
        if found.debug_end > found.expression_end:
            has_own_form = after.startswith(("!", ":"))
            parts.append(_SHOWN + "{0" + ("" if has_own_form else "!r"))
        else:
            parts.append("{0")
        parts.append(after)
        start = found.end
    return "".join([*parts, text[start:end]])


def _expression(text: str, start: int, end: int, places: Places, depth: int) -> ast.expr:
    """The expression between two offsets, in its place."""
    source = text[start:end]
    line, column = places.place(start)
    name = source.strip(" \t")
    if name.isascii() and name.isidentifier() and not keyword.iskeyword(name):
        column += source.index(name)
        at = {"lineno": line, "col_offset": column, "end_lineno": line}
        return ast.Name(name, ast.Load(), end_col_offset=column + len(name), **at)
    # Inside brackets lines may begin anywhere, and the last may end in a comment.
    try:
        body = _read(f"({source}\n)", depth + 1).body
    except SyntaxError as error:
        raise SyntaxError(error.msg, ("", line - 1 + (error.lineno or 1), 0, "")) from error
    read = [token for token in tokens(source) if token.kind != "newline"]
    if not read or len(body) != 1 or not isinstance(body[0], ast.Expr):
        raise SyntaxError("invalid syntax", ("", line, 0, ""))
    expression = body[0].value
    is_bare = (expression.lineno, expression.col_offset) == (1, 0)  # Its brackets are not there.
    _move(expression, line - 1, column - 1)
    if is_bare:
        expression.lineno, expression.col_offset = places.place(start + read[0].start)
        expression.end_lineno, expression.end_col_offset = places.place(start + read[-1].end)
    return expression


def _move(tree: ast.AST, lines: int, columns: int) -> None:
    """Moves a tree down by `lines`, and what stands in its first line by `columns`."""
    for node in ast.walk(tree):
        if isinstance(node, PLACED):
            if node.lineno == 1:
                node.col_offset += columns
            if node.end_lineno == 1 and node.end_col_offset is not None:
                node.end_col_offset += columns
            node.lineno += lines
            if node.end_lineno is not None:
                node.end_lineno += lines
