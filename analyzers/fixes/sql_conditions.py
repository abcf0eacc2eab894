"""Conditions that are collected in a list and joined: their values are collected beside them."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit
from analyzers.fixes.places import bindings, loads, scope, statement
from analyzers.fixes.sql_drivers import Style
from analyzers.fixes.sql_drivers import names as names_of
from analyzers.fixes.sql_queries import Made
from analyzers.fixes.sql_text import slots
from analyzers.fixes.sql_values import free_name, handed_over, placeholders
from analyzers.fixes.templates import template
from analyzers.fixes.writing import lines_after

_MOST_STEPS = 3


def collected(code: Code, sink: ast.Call, query: ast.expr, style: Style) -> list[Edit] | None:
    """`values.append(name)` beside each `conditions.append("name = ?")`.

    None where the query is made of no such list, or the list is used for something else too.
    """
    if len(sink.args) + len(sink.keywords) != 1:
        return None
    variable = free_name(code, sink)
    edits = None if variable is None else gathered(code, sink, query, style, variable)
    if edits is None or variable is None:
        return None
    return [*edits, *handed_over(code, sink, variable)]


def gathered(
    code: Code, at: ast.expr, query: ast.expr, style: Style, variable: str
) -> list[Edit] | None:
    """The conditions with placeholders, and their values in a variable.

    Args:
        code: The file.
        at: Stands in the function that collects them.
        query: What joins them, or what it is made of.
        style: How the driver wants its parameters.
        variable: A name that the function does not use.
    """
    if style == "$1":
        return None
    joined = _joined(code, at, query)
    began = _beginning(code, at, joined) if joined is not None else None
    added = _added(code, at, joined) if joined is not None else None
    if began is None or added is None:
        return None
    if style == "%s" and any("%" in one.template.constant for one in added):
        return None
    is_named = style == ":name"
    names = names_of([slot.value for one in added for slot in one.slots])
    edits: list[Edit | None] = [
        lines_after(code, began, f"{variable} = {'{}' if is_named else '[]'}")
    ]
    used = 0
    for one in added:
        values = [slot.value for slot in one.slots]
        own = names[used : used + len(values)]
        used += len(values)
        changed = placeholders(code, one, style, own, 0) if values else []
        if changed is None or one.at is None or any(slot.is_list for slot in one.slots):
            return None
        if is_named and _is_in_loop(code, one.at):
            return None
        edits += changed
        if values:
            edits.append(lines_after(code, one.at, _growth(variable, values, own, is_named)))
    made = [edit for edit in edits if edit is not None]
    return made if len(made) == len(edits) and any(one.slots for one in added) else None


def _growth(variable: str, values: list[str], names: list[str], is_named: bool) -> str:
    if is_named:
        pairs = ", ".join(f'"{name}": {value}' for name, value in zip(names, values, strict=True))
        return f"{variable}.update({{{pairs}}})"
    if len(values) == 1:
        return f"{variable}.append({values[0]})"
    return f"{variable} += [{', '.join(values)}]"


def _is_in_loop(code: Code, node: ast.AST) -> bool:
    """Whether a name would be given several values."""
    above = code.parent(node)
    while above is not None and not isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef):
        if isinstance(above, ast.For | ast.AsyncFor | ast.While):
            return True
        above = code.parent(above)
    return False


def _joined(code: Code, sink: ast.expr, query: ast.expr) -> ast.Name | None:
    """The one list that a query joins, where it is written or by way of a name."""
    found: list[ast.Name] = []
    waiting, seen = [query], set[str]()
    for _ in range(_MOST_STEPS):
        following: list[ast.expr] = []
        for node in (below for one in waiting for below in ast.walk(one)):
            if isinstance(node, ast.Call) and _is_join(node) and isinstance(node.args[0], ast.Name):
                found.append(node.args[0])
            elif isinstance(node, ast.Name) and node.id not in seen:
                seen.add(node.id)
                assigned = bindings(code, scope(code, sink), node.id) or []
                following += [one.value for one in assigned if isinstance(one, ast.Assign)]
        waiting = following
    return found[0] if len({one.id for one in found}) == 1 else None


def _is_join(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "join" and len(node.args) == 1


def _beginning(code: Code, sink: ast.expr, joined: ast.Name) -> ast.stmt | None:
    """Where the list begins, with constant conditions at most."""
    assigned = bindings(code, scope(code, sink), joined.id) or []
    first = assigned[0] if len(assigned) == 1 else None
    value = first.value if isinstance(first, ast.Assign | ast.AnnAssign) else None
    if not isinstance(value, ast.List):
        return None
    return first if all(isinstance(one, ast.Constant) for one in value.elts) else None


def _added(code: Code, sink: ast.expr, joined: ast.Name) -> list[Made] | None:
    """The conditions that are added, with the values in them."""
    found: list[Made] = []
    for load in loads(scope(code, sink), joined.id):
        above = code.parent(load)
        if isinstance(above, ast.Attribute):
            call = code.parent(above)
            if not (isinstance(call, ast.Call) and above.attr == "append" and len(call.args) == 1):
                return None
            made = template(code, call.args[0])
            values = None if made is None else slots(made.parts, "WHERE ")
            if made is None or values is None or not isinstance(code.parent(call), ast.Expr):
                return None
            if made.holes and not values:
                return None
            found.append(Made(made, tuple(values), statement(code, call), False))
        elif not (_is_asked(above, load) or (isinstance(above, ast.Call) and load in above.args)):
            return None
    return found


def _is_asked(above: ast.AST | None, load: ast.Name) -> bool:
    """Whether only whether there are conditions is asked."""
    if isinstance(above, ast.If | ast.IfExp | ast.While):
        return above.test is load
    return isinstance(above, ast.BoolOp) or (
        isinstance(above, ast.UnaryOp) and isinstance(above.op, ast.Not)
    )
