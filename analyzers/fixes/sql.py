"""SQL put together from strings becomes a query with parameters."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix, Span
from analyzers.fixes import sql_conditions, sql_drivers, sql_functions, sql_names
from analyzers.fixes.imports import reach
from analyzers.fixes.sql_lists import is_read_once
from analyzers.fixes.sql_queries import (
    is_text_elsewhere,
    query_of,
    sink_of,
    text_in,
    written_in,
)
from analyzers.fixes.sql_values import passed_to, placeholders
from analyzers.fixes.writing import fix

_TITLE = "pass the values as parameters"


def parameterized(code: Code, finding: Finding) -> Fix | None:
    """The query with placeholders, and its values beside it."""
    sink = sink_of(code, finding)
    if sink is None or code.is_open(sink):
        return None
    query = query_of(sink)
    if query is None:
        return None
    written = text_in(query)
    is_text = written is not query or is_text_elsewhere(code, sink, query)
    style = sql_drivers.style(code, sink, is_text)
    made = written_in(code, written, sink)
    if style is None:
        return None
    asked = None if made is None else sql_names.checked(code, sink, made)
    if made is None or not any(one.slots for one in made):
        others = sql_conditions.collected(code, sink, written, style)
        others = others or sql_functions.by_callers(code, sink, written, style)
        if others is not None:
            return fix(_TITLE, *others)
        return fix("check the names that the query takes", *asked) if asked else None
    if any(is_read_once(code, slot.value, sink) for one in made for slot in one.slots):
        return None
    edits: list[Edit] = []
    values = [slot for one in made for slot in one.slots]
    names = sql_drivers.names([slot.value for slot in values])
    if any(slot.is_list for slot in values) and style == "$1":
        return None
    used = 0
    for one in made:
        changed = placeholders(code, one, style, names[used:], used)
        used += len(one.slots)
        if changed is None:
            return None
        edits += changed
    passed = passed_to(code, sink, made, style, names)
    wrapped = [] if is_text or style != ":name" else _in_text(code, sink, written)
    if passed is None or wrapped is None:
        return None
    # Of the edits at one place, the parenthesis that closes `text` goes before the values.
    return fix(_TITLE, *(asked or []), *edits, *wrapped, *passed)


def _in_text(code: Code, sink: ast.Call, written: ast.expr) -> list[Edit] | None:
    """SQLAlchemy's `text` around the query, for what takes named parameters only in it."""
    if not sql_drivers.is_alchemy(code):
        return []
    reached = reach(code, sink, "sqlalchemy", "text")
    if reached is None:
        return None
    at = code.span(written)
    return [
        *reached.edits,
        Edit(Span(at.start, at.start), f"{reached.text}("),
        Edit(Span(at.end, at.end), ")"),
    ]
