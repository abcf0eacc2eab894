"""SQL put together from strings becomes a query with parameters."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix, Span
from analyzers.fixes import sql_drivers
from analyzers.fixes.imports import reach
from analyzers.fixes.places import (
    argument,
    bindings,
    last_name,
    loads,
    marked,
    scope,
    statement,
)
from analyzers.fixes.rewriting import Replacement, rewritten
from analyzers.fixes.sql_text import Slot, slots
from analyzers.fixes.templates import Hole, Template, template
from analyzers.fixes.writing import fix, lines_after

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
class _Made:
    """A query's text where it is written, and the values in it.

    at: the statement that writes it; None for a query written in the call.
    is_more: whether it is added to what was there.
    """

    template: Template
    slots: tuple[Slot, ...]
    at: ast.stmt | None
    is_more: bool


def parameterized(code: Code, finding: Finding) -> Fix | None:
    """The query with placeholders, and its values beside it."""
    sink = _sink(code, finding)
    if sink is None or code.is_open(sink):
        return None
    query = _query(sink)
    if query is None:
        return None
    is_text = isinstance(query, ast.Call) and last_name(query.func) == "text" and bool(query.args)
    written = query.args[0] if is_text and isinstance(query, ast.Call) else query
    style = sql_drivers.style(code, sink, is_text)
    made = _written(code, written, sink)
    if style is None or made is None or not any(one.slots for one in made):
        return None
    edits: list[Edit] = []
    values = [slot for one in made for slot in one.slots]
    names = sql_drivers.names([slot.value for slot in values])
    if any(slot.is_list for slot in values) and style in (":name", "$1"):
        return None
    used = 0
    for one in made:
        changed = _placeholders(code, one, style, names[used:], used)
        used += len(one.slots)
        if changed is None:
            return None
        edits += changed
    passed = _passed(code, sink, made, style, names)
    wrapped = [] if is_text or style != ":name" else _in_text(code, sink, written)
    if passed is None or wrapped is None:
        return None
    # Of the edits at one place, the parenthesis that closes `text` goes before the values.
    return fix("pass the values as parameters", *edits, *wrapped, *passed)


def _sink(code: Code, finding: Finding) -> ast.Call | None:
    """The call that runs the query that the finding speaks of."""
    sink = marked(
        code,
        finding,
        ast.Call,
        lambda node: (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in _SINKS
            and _query(node) is not None
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


def _query(sink: ast.Call) -> ast.expr | None:
    return next((q for name in _QUERY_NAMES if (q := argument(sink, 0, name)) is not None), None)


def _target(node: ast.AST) -> str | None:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target: ast.expr = node.targets[0]
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        target = node.target
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None


def _written(code: Code, query: ast.expr, sink: ast.Call) -> list[_Made] | None:
    """Where the query's text is written, in order."""
    if not isinstance(query, ast.Name):
        made = template(code, query)
        found = None if made is None else slots(made.parts)
        return None if made is None or found is None else [_Made(made, tuple(found), None, False)]
    assigned = bindings(code, scope(code, sink), query.id)
    if not assigned or not all(
        load in _own(assigned) or load.lineno >= sink.lineno or _is_shown(code, load)
        for load in loads(scope(code, sink), query.id)
    ):
        return None
    result: list[_Made] = []
    before = ""
    for node in assigned:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) else None
        if value is None or node.lineno > sink.lineno:
            return None
        made = template(code, value)
        if made is None:
            return None
        first = made.parts[0]
        again = isinstance(first, Hole) and first.text == query.id
        is_more = isinstance(node, ast.AugAssign) or again
        found = slots(made.parts, before if is_more else "")
        if found is None:
            return None
        before = (before if is_more else "") + made.constant
        result.append(_Made(made, tuple(found), node, is_more))
    return result


def _own(assigned: list[ast.stmt]) -> list[ast.AST]:
    return [node for statement in assigned for node in ast.walk(statement)]


def _is_shown(code: Code, load: ast.Name) -> bool:
    """Whether a query is only told to somebody, who will see placeholders."""
    above = code.parent(load)
    if isinstance(above, ast.FormattedValue):
        return True
    return isinstance(above, ast.Call) and last_name(above.func) in _TELLING


def _placeholders(
    code: Code, made: _Made, style: sql_drivers.Style, names: Sequence[str], used: int
) -> list[Edit] | None:
    """The edits of one text."""
    parts = list(made.template.parts)
    bound = {i for slot in made.slots for i in range(slot.start, slot.end) if not slot.is_list}
    n_left = sum(hole not in {parts[i] for i in bound} for hole in made.template.filled)
    is_percent = any(hole.form == "%" for hole in made.template.holes)
    if style == ":name" and ":" in made.template.constant.replace("::", ""):
        return None
    replacements: list[Replacement] = []
    edits: list[Edit] = []
    for i, slot in enumerate(made.slots):
        mark = {"?": "?", "%s": "%s", ":name": f":{names[i]}", "$1": f"${used + i + 1}"}[style]
        if slot.is_list:
            quotes = [at for at in (slot.start, slot.end - 1) if slot.end - slot.start == 3]
            replacements += [Replacement(at, at + 1, "") for at in quotes]
            at = slot.start + len(quotes) // 2
            hole = parts[at]
            assert isinstance(hole, Hole)
            parts[at] = replace(hole, text=_marks(hole, slot.value, mark), spec="")
            if hole.form in ("f", "+", "join"):
                edits.append(_field(hole, _marks(hole, slot.value, mark)))
            continue
        if n_left and is_percent:
            mark = mark.replace("%", "%%")
        replacements.append(Replacement(slot.start, slot.end, mark))
    escapes = {"%": "%%"} if style == "%s" and not (n_left and is_percent) else {}
    changed = rewritten(code, replace(made.template, parts=tuple(parts)), replacements, escapes)
    return None if changed is None else [*changed, *edits]


def _marks(hole: Hole, values: str, mark: str) -> str:
    """As many placeholders as a list has values, as an expression."""
    quote = "'" if hole.piece is not None and hole.piece.quote.startswith('"') else '"'
    return f"{quote}, {quote}.join([{quote}{mark}{quote}] * len({values}))"


def _field(hole: Hole, text: str) -> Edit:
    return Edit(hole.span, f"{{{text}}}" if hole.form == "f" else text)


def _passed(
    code: Code,
    sink: ast.Call,
    made: list[_Made],
    style: sql_drivers.Style,
    names: Sequence[str],
) -> list[Edit] | None:
    """The edits that hand the values over."""
    if len(sink.args) + len(sink.keywords) > 1 and last_name(sink.func) not in (
        "read_sql",
        "read_sql_query",
    ):
        return None
    if len(made) > 1:
        return _collected(code, sink, made, style, names)
    values = [f"*{slot.value}" if slot.is_list else slot.value for slot in made[0].slots]
    if made[0].at is not None and _change_between(code, made[0].at, sink):
        return None
    if style == "$1":
        given = ", ".join(values)
    elif len(values) == 1 and values[0].startswith("*"):
        given = f"list({values[0][1:]})"
    elif style == ":name":
        pairs = (f'"{name}": {value}' for name, value in zip(names, values, strict=True))
        given = f"{{{', '.join(pairs)}}}"
    elif last_name(sink.func) == "raw" or sink.keywords or last_name(sink.func) in _READERS:
        given = f"[{', '.join(values)}]"
    else:
        given = f"({', '.join(values)}{',' if len(values) == 1 else ''})"
    return _given(code, sink, given)


_READERS = ("read_sql", "read_sql_query")


def _given(code: Code, sink: ast.Call, values: str) -> list[Edit] | None:
    edits: list[Edit] = []
    if last_name(sink.func) == "executescript":
        assert isinstance(sink.func, ast.Attribute)
        end = code.span(sink.func).end
        edits.append(Edit(Span(end - len("executescript"), end), "execute"))
    if last_name(sink.func) in _READERS:
        values = f"params={values}"
        last: ast.AST = [*sink.args, *sink.keywords][-1]
    else:
        last = _query(sink) or sink.func
    end = code.span(last).end
    closing = code.text.find(")", end) if not isinstance(last, ast.keyword) else -1
    if isinstance(last, ast.expr) and _is_in_parentheses(code, last, sink):
        end = closing + 1
    return [*edits, Edit(Span(end, end), f", {values}")]


def _is_in_parentheses(code: Code, node: ast.expr, call: ast.Call) -> bool:
    """Whether an argument has parentheses of its own."""
    between = code.text[code.span(node).end : code.span(call).end - 1]
    return between.strip().startswith(")")


def _collected(
    code: Code,
    sink: ast.Call,
    made: list[_Made],
    style: sql_drivers.Style,
    names: Sequence[str],
) -> list[Edit] | None:
    """The values of a query that is written in several places, in a list that grows with it."""
    if style == "$1" or made[0].is_more:
        return None
    known = {node.id for node in ast.walk(scope(code, sink)) if isinstance(node, ast.Name)}
    known |= {node.arg for node in ast.walk(scope(code, sink)) if isinstance(node, ast.arg)}
    variable = next((n for n in ("params", "parameters", "query_params") if n not in known), None)
    if variable is None:
        return None
    edits: list[Edit] = []
    used = 0
    for one in made:
        values = [f"*{slot.value}" if slot.is_list else slot.value for slot in one.slots]
        own = list(names[used : used + len(values)])
        used += len(values)
        line = _growth(variable, values, own, one.is_more, style)
        if line is None:
            continue
        edit = lines_after(code, one.at, line) if one.at is not None else None
        if edit is None:
            return None
        edits.append(edit)
    passed = _given(code, sink, variable)
    return None if passed is None else [*edits, *passed]


def _growth(
    variable: str, values: list[str], names: list[str], is_more: bool, style: sql_drivers.Style
) -> str | None:
    if is_more and not values:
        return None
    if style == ":name":
        pairs = [(f'"{name}"', value) for name, value in zip(names, values, strict=True)]
        if not is_more:
            return f"{variable} = {{{', '.join(f'{name}: {value}' for name, value in pairs)}}}"
        return "; ".join(f"{variable}[{name}] = {value}" for name, value in pairs)
    if not is_more:
        return f"{variable} = [{', '.join(values)}]"
    if len(values) == 1 and not values[0].startswith("*"):
        return f"{variable}.append({values[0]})"
    return f"{variable} += [{', '.join(values)}]"


def _change_between(code: Code, written: ast.stmt, sink: ast.Call) -> bool:
    """Whether a name that the query uses gets another meaning before it is run."""
    used = {node.id for node in ast.walk(written) if isinstance(node, ast.Name)}
    last = statement(code, sink)
    return any(
        isinstance(node, ast.Name)
        and not isinstance(node.ctx, ast.Load)
        and node.id in used
        and written.lineno < node.lineno <= last.lineno
        for node in ast.walk(scope(code, sink))
    )


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
