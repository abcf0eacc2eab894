"""Queries that two functions of a file make together: their values go from one to the other."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Span
from analyzers.fixes.handed import Defined, calls_of, defined, handed
from analyzers.fixes.places import bindings, scope, statement
from analyzers.fixes.sql_conditions import gathered
from analyzers.fixes.sql_drivers import Style, names
from analyzers.fixes.sql_queries import Made, written_in
from analyzers.fixes.sql_text import slots
from analyzers.fixes.sql_values import free_name, handed_over, placeholders, tuple_of
from analyzers.fixes.templates import template
from analyzers.fixes.writing import replaced, source, with_keywords

_MOST_STEPS = 3


def by_callers(code: Code, sink: ast.Call, query: ast.expr, style: Style) -> list[Edit] | None:
    """The edits for a query that the function was handed, or for conditions that another made."""
    if len(sink.args) + len(sink.keywords) != 1 or style == "$1":
        return None
    if isinstance(query, ast.Name):
        edits = _handed(code, sink, query, style)
        if edits is not None:
            return edits
    return _answered(code, sink, query, style)


def _handed(code: Code, sink: ast.Call, query: ast.Name, style: Style) -> list[Edit] | None:
    """A parameter for the values, which the callers give beside the query."""
    found = handed(code, query)
    variable = free_name(code, sink)
    if found is None or variable is None:
        return None
    given = found.function.args
    if given.vararg or given.kwarg or not given.args:
        return None
    edits: list[Edit] = []
    for call, text in found.given:
        made = written_in(code, text, call)
        own = (
            None if made is None or len(made) > 1 else _given(code, call, made[0], style, variable)
        )
        if own is None:
            return None
        edits += own
    # sqlite3 wants a sequence; others leave the percent signs of a query alone without values.
    nothing = "()" if style == "?" else "None"
    end = max(code.span(node).end for node in (given.args[-1], *given.defaults))
    signature = Edit(Span(end, end), f", {variable}={nothing}")
    return [*edits, signature, *handed_over(code, sink, variable)] if edits else None


def _given(
    code: Code, call: ast.Call, made: Made, style: Style, variable: str
) -> list[Edit] | None:
    """The edits of one caller."""
    if not made.slots:
        return [] if not made.template.holes else None
    if any(slot.is_list for slot in made.slots):
        return None
    values = [slot.value for slot in made.slots]
    changed = placeholders(code, made, style, names(values), 0)
    passed = with_keywords(code, call, f"{variable}={tuple_of(style, made.slots)}")
    return None if changed is None or passed is None else [*changed, passed]


def _answered(code: Code, sink: ast.Call, query: ast.expr, style: Style) -> list[Edit] | None:
    """Another function answers conditions: it answers their values with them."""
    call, function = _maker(code, sink, query)
    variable = free_name(code, sink)
    if call is None or function is None or variable is None:
        return None
    answers = [node for node in ast.walk(function) if isinstance(node, ast.Return)]
    value = answers[0].value if len(answers) == 1 else None
    above = code.parent(call)
    if value is None or not isinstance(above, ast.Assign) or len(above.targets) != 1:
        return None
    target = above.targets[0]
    if not isinstance(target, ast.Name):
        return None
    edits = _with_values(code, function, value, style)
    if edits is None:
        return None
    if function.returns is not None:
        kind = "dict" if style == ":name" else "list"
        edits.append(replaced(code, function.returns, f"tuple[str, {kind}]"))
    end = code.span(target).end
    return [*edits, Edit(Span(end, end), f", {variable}"), *handed_over(code, sink, variable)]


def _maker(code: Code, sink: ast.Call, query: ast.expr) -> tuple[ast.Call | None, Defined | None]:
    """The one call of a function of the file that makes a part of the query."""
    waiting, seen = [query], set[str]()
    for _ in range(_MOST_STEPS):
        following: list[ast.expr] = []
        for node in (below for one in waiting for below in ast.walk(one)):
            if isinstance(node, ast.Call):
                function = defined(code, node)
                if function is not None and calls_of(code, function) == [node]:
                    return node, function
            elif isinstance(node, ast.Name) and node.id not in seen:
                seen.add(node.id)
                assigned = bindings(code, scope(code, sink), node.id) or []
                following += [
                    one.value for one in assigned if isinstance(one, ast.Assign | ast.AugAssign)
                ]
        waiting = following
    return None, None


def _with_values(code: Code, function: Defined, value: ast.expr, style: Style) -> list[Edit] | None:
    """The answer with placeholders, and its values behind it."""
    made = template(code, value)
    found = None if made is None else slots(made.parts, "WHERE ")
    end = code.span(value).end
    if made is not None and found:
        if any(slot.is_list for slot in found):
            return None
        one = Made(made, tuple(found), statement(code, value), False)
        own = names([slot.value for slot in found])
        changed = placeholders(code, one, style, own, 0)
        behind = Edit(Span(end, end), f", {tuple_of(style, found, is_list=True)}")
        return None if changed is None else [*changed, behind]
    inner = next((node for node in ast.walk(function) if isinstance(node, ast.Name)), None)
    variable = free_name(code, inner) if inner is not None else None
    if variable is None:
        return None
    edits = gathered(code, value, value, style, variable)
    if edits is None:
        return None
    text = source(code, value)
    whole = f"({text})" if isinstance(value, ast.IfExp | ast.BoolOp) else text
    return [*edits, replaced(code, value, f"{whole}, {variable}")]
