"""Pickles of plain values become JSON, where both ends are in the file."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.callers import values
from analyzers.fixes.handed import defined
from analyzers.fixes.imports import reach
from analyzers.fixes.places import bindings, last_name, loads, scope
from analyzers.fixes.writing import fix, is_placed, replaced, source

_PLAIN_TYPES = frozenset(("dict", "list", "str", "int", "float", "bool", "Dict", "List"))
# What JSON gives back as it was, whatever it is called with.
_PLAIN_CALLS = frozenset(("int", "str", "float", "bool", "len", "time"))
_PLAIN_METHODS = frozenset(
    (
        "strip", "lower", "upper", "title", "decode", "hexdigest", "isoformat", "format", "replace",
        "timestamp", "total_seconds",
    )
)  # fmt: skip
# Of a request these hold texts.
_TEXTS = frozenset(("form", "args", "cookies", "headers", "values", "GET", "POST"))
_MODULES = ("pickle", "cPickle", "_pickle", "dill", "cloudpickle")


def to_json(code: Code, finding: Finding) -> Fix | None:
    """JSON on every end; the bytes stay bytes."""
    uses = [
        node
        for node in ast.walk(code.tree)
        if isinstance(node, ast.Name | ast.Attribute)
        and (code.name(node) or "").partition(".")[0] in _MODULES
        and "." in (code.name(node) or "")
        and not isinstance(code.parent(node), ast.Attribute)
    ]
    calls = [above for node in uses if isinstance(above := code.parent(node), ast.Call)]
    if not calls or len(calls) != len(uses):
        return None
    kinds = {(code.name(node.func) or "").rpartition(".")[2] for node in calls}
    if not (kinds & {"dumps", "dump"} and kinds & {"loads", "load"}):
        return None
    edits: list[Edit] = []
    for node in calls:
        made = _json(code, node)
        if made is None:
            return None
        edits += made
    return fix("store JSON", *dict.fromkeys(edits))


def _json(code: Code, node: ast.Call) -> list[Edit] | None:
    kind = (code.name(node.func) or "").rpartition(".")[2]
    reached = reach(code, node, "json", "dumps" if kind.startswith("dump") else kind)
    if reached is None or not node.args or not all(is_placed(code, given) for given in node.args):
        return None
    value = source(code, node.args[0])
    if kind in ("loads", "load") and len(node.args) == 1:
        return [*reached.edits, replaced(code, node, f"{reached.text}({value})")]
    if kind not in ("dumps", "dump") or not _is_plain(code, node.args[0], 5):
        return None
    text = f"{reached.text}({value}).encode()"
    if kind == "dump":
        if len(node.args) < 2:
            return None
        text = f"{source(code, node.args[1])}.write({text})"
    return [*reached.edits, replaced(code, node, text)]


def _is_plain(code: Code, node: ast.expr, depth: int) -> bool:
    """Whether JSON gives the value back as it was."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | int | float | bool | None)
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.IfExp):
        return _is_plain(code, node.body, depth) and _is_plain(code, node.orelse, depth)
    if isinstance(node, ast.Call) and _is_unpickled(code, node, depth):
        return True
    if isinstance(node, ast.Call | ast.Subscript):
        return _gives_plain(node)
    if isinstance(node, ast.BinOp):
        return all(_is_plain(code, side, depth) for side in (node.left, node.right))
    if isinstance(node, ast.List):
        return all(_is_element(code, item, depth) for item in node.elts)
    if isinstance(node, ast.Dict):
        keys = all(isinstance(k, ast.Constant) and isinstance(k.value, str) for k in node.keys)
        return keys and all(_is_element(code, item, depth) for item in node.values)
    if isinstance(node, ast.Name) and depth:
        annotation = _annotation(code, node)
        if annotation is not None:
            parts = [n.id for n in ast.walk(annotation) if isinstance(n, ast.Name)]
            return bool(parts) and set(parts) <= _PLAIN_TYPES and _has_text_keys(annotation)
        held = [value for value in values(code, node) if value is not node]
        return (
            bool(held)
            and all(_is_plain(code, value, depth - 1) for value in held)
            and _is_filled_plainly(code, node, depth)
        )
    return False


def _is_unpickled(code: Code, node: ast.Call, depth: int) -> bool:
    """Whether it comes out of a pickle: it went in as plain as the rest; or from a function so."""
    name = code.name(node.func) or ""
    if name.partition(".")[0] in _MODULES and name.endswith((".loads", ".load")):
        return True
    function = defined(code, node)
    answers = (
        [] if function is None else [n for n in ast.walk(function) if isinstance(n, ast.Return)]
    )
    return bool(answers and depth) and all(
        one.value is not None and _is_plain(code, one.value, depth - 1) for one in answers
    )


def _is_filled_plainly(code: Code, held: ast.Name, depth: int) -> bool:
    """Whether what a function puts into a list or dictionary of its own is plain too."""
    for load in loads(scope(code, held), held.id):
        above = code.parent(load)
        if isinstance(above, ast.Subscript) and isinstance(above.ctx, ast.Store):
            statement = code.parent(above)
            value = statement.value if isinstance(statement, ast.Assign | ast.AugAssign) else None
            if (
                value is None
                or not _is_text(code, above.slice)
                or not _adds_plain(code, value, held, depth)
            ):
                return False
        elif isinstance(above, ast.Attribute) and above.attr in ("append", "insert", "add"):
            call = code.parent(above)
            given = call.args[-1:] if isinstance(call, ast.Call) else []
            if above.attr == "add" or not all(_adds_plain(code, g, held, depth) for g in given):
                return False
        elif isinstance(above, ast.Attribute) and above.attr in ("update", "extend"):
            return False
    return True


def _adds_plain(code: Code, value: ast.expr, held: ast.Name, depth: int) -> bool:
    """Whether a value is plain, if what is read of the container itself is."""
    if isinstance(value, ast.BinOp):
        return all(_adds_plain(code, side, held, depth) for side in (value.left, value.right))
    if isinstance(value, ast.Call) and last_name(value.func) in ("get", "pop"):
        own = value.func.value if isinstance(value.func, ast.Attribute) else None
        if isinstance(own, ast.Name) and own.id == held.id:
            return True
    return _is_plain(code, value, depth)


def _is_text(code: Code, key: ast.expr) -> bool:
    """Whether a key is a string, as all are in JSON: not said to be a number."""
    if isinstance(key, ast.Constant):
        return isinstance(key.value, str)
    if isinstance(key, ast.JoinedStr):
        return True
    if not isinstance(key, ast.Name):
        return _is_plain(code, key, 1) and last_name(getattr(key, "func", key)) not in (
            "int",
            "len",
        )
    annotation = _annotation(code, key)
    if annotation is not None:
        return ast.unparse(annotation) == "str"
    function = code.function(key)
    routes = [ast.unparse(one) for one in function.decorator_list] if function is not None else []
    return any(f"<{key.id}>" in route for route in routes)


def _gives_plain(node: ast.Call | ast.Subscript) -> bool:
    if isinstance(node, ast.Subscript):
        return last_name(node.value) in _TEXTS and not isinstance(node.slice, ast.Slice)
    if not isinstance(node.func, ast.Attribute):
        return last_name(node.func) in _PLAIN_CALLS
    if node.func.attr == "get" and last_name(node.func.value) in _TEXTS:
        return all(isinstance(one, ast.Constant) for one in node.args)
    return node.func.attr in _PLAIN_METHODS or node.func.attr == "time"


def _is_element(code: Code, node: ast.expr, depth: int) -> bool:
    """An element that is not seen is taken for plain only as a parameter's part."""
    if isinstance(node, ast.Name) and _annotation(code, node) is None:
        return bindings(code, scope(code, node), node.id) is None or _is_plain(code, node, depth)
    return _is_plain(code, node, depth)


def _has_text_keys(annotation: ast.expr) -> bool:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("dict", "Dict"):
            key = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
            if ast.unparse(key) != "str":
                return False
    return True


def _annotation(code: Code, node: ast.Name) -> ast.expr | None:
    function = code.function(node)
    if function is None:
        return None
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return next((arg.annotation for arg in arguments if arg.arg == node.id), None)
