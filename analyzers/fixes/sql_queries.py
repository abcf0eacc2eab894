"""Where a query is run, and where its text is written."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes.parts import Hole, Template
from analyzers.fixes.places import argument, bindings, last_name, loads, marked, scope
from analyzers.fixes.sql_text import Slot, slots
from analyzers.fixes.templates import template

_SINKS = frozenset(
    [
        "execute",
        "executescript",
        "raw",
        "read_sql",
        "read_sql_query",
        "fetch",
        "fetchrow",
        "fetchval",
        "scalar",
        "scalars",
    ]
)
_TELLING = frozenset(("print", "debug", "info", "warning", "error", "exception", "log", "str"))
_QUERY_NAMES = ("sql", "query", "statement", "operation", "raw_query")


@dataclass(frozen=True, slots=True)
class Made:
    """A query's text where it is written, and the values in it.

    at: the statement that writes it; None for a query written in the call.
    is_more: whether it is added to what was there.
    """

    template: Template
    slots: tuple[Slot, ...]
    at: ast.stmt | None
    is_more: bool


def sink_of(code: Code, finding: Finding) -> ast.Call | None:
    """The call that runs the query that the finding speaks of."""
    sink = marked(
        code,
        finding,
        ast.Call,
        lambda node: (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in _SINKS
            and query_of(node) is not None
        ),
    )
    if sink is not None:
        return sink
    assigned = marked(code, finding, ast.stmt, lambda node: _target(node) is not None)
    name = _target(assigned) if assigned is not None else None
    if assigned is None or name is None:
        return None
    for load in loads(scope(code, assigned), name):
        above = code.parent(load)
        if isinstance(above, ast.Call) and last_name(above.func) == "text":
            above = code.parent(above)
        if isinstance(above, ast.Call) and last_name(above.func) in _SINKS:
            return above
    return None


def query_of(sink: ast.Call) -> ast.expr | None:
    return next((q for name in _QUERY_NAMES if (q := argument(sink, 0, name)) is not None), None)


def _target(node: ast.AST) -> str | None:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target: ast.expr = node.targets[0]
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        target = node.target
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None


def written_in(code: Code, query: ast.expr, sink: ast.Call) -> list[Made] | None:
    """Where the query's text is written, in order."""
    if not isinstance(query, ast.Name):
        made = _template(code, query)
        found = None if made is None else slots(made.parts)
        return None if made is None or found is None else [Made(made, tuple(found), None, False)]
    assigned = bindings(code, scope(code, sink), query.id)
    if not assigned or not all(
        load in _own(assigned) or load.lineno >= sink.lineno or _is_shown(code, load)
        for load in loads(scope(code, sink), query.id)
    ):
        return None
    result: list[Made] = []
    before = ""
    for node in assigned:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) else None
        if value is None or node.lineno > sink.lineno:
            return None
        made = _template(code, text_in(value))
        if made is None:
            return None
        first = made.parts[0]
        again = isinstance(first, Hole) and first.text == query.id
        is_more = isinstance(node, ast.AugAssign) or again
        found = slots(made.parts, before if is_more else "")
        if found is None:
            return None
        before = (before if is_more else "") + made.constant
        result.append(Made(made, tuple(found), node, is_more))
    return result


def text_in(query: ast.expr) -> ast.expr:
    """What SQLAlchemy's `text` is given, where a query is that."""
    is_text = isinstance(query, ast.Call) and last_name(query.func) == "text" and bool(query.args)
    return query.args[0] if is_text and isinstance(query, ast.Call) else query


def is_text_elsewhere(code: Code, sink: ast.Call, query: ast.expr) -> bool:
    """Whether a query was made SQLAlchemy's `text` before it is run."""
    if not isinstance(query, ast.Name):
        return False
    assigned = bindings(code, scope(code, sink), query.id) or []
    return any(
        isinstance(one, ast.Assign) and text_in(one.value) is not one.value for one in assigned
    )


def _template(code: Code, node: ast.expr) -> Template | None:
    """The text, with what a list was joined to in place of the name that holds it."""
    made = template(code, node)
    if made is None:
        return None
    parts = [
        replace(part, value=_joined(code, part.value)) if isinstance(part, Hole) else part
        for part in made.parts
    ]
    return replace(made, parts=tuple(parts))


def _joined(code: Code, value: ast.expr) -> ast.expr:
    """`", ".join(values)` of the name that holds it."""
    if not isinstance(value, ast.Name):
        return value
    assigned = bindings(code, scope(code, value), value.id) or []
    held = assigned[0].value if len(assigned) == 1 and isinstance(assigned[0], ast.Assign) else None
    return held if isinstance(held, ast.Call) and last_name(held.func) == "join" else value


def _own(assigned: list[ast.stmt]) -> list[ast.AST]:
    return [node for statement in assigned for node in ast.walk(statement)]


def _is_shown(code: Code, load: ast.Name) -> bool:
    """Whether a query is only told to somebody, who will see placeholders."""
    above = code.parent(load)
    if isinstance(above, ast.FormattedValue):
        return True
    return isinstance(above, ast.Call) and last_name(above.func) in _TELLING
