"""Modes that let anybody in are for the owner alone."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.places import argument, keyword, marked, scope
from analyzers.fixes.writing import fix, replaced

# By the last part of what is called: where the mode stands, and how it may be named.
_MODES = {
    "chmod": (1, "mode"),
    "lchmod": (1, "mode"),
    "fchmod": (1, "mode"),
    "mkdir": (1, "mode"),
    "makedirs": (1, "mode"),
    "mkfifo": (1, "mode"),
    "mknod": (1, "mode"),
    "open": (2, "mode"),
    "umask": (0, "mask"),
}


def for_owner(code: Code, finding: Finding) -> Fix | None:
    """The owner's part of the mode; for a mask, none for the others."""
    node = marked(code, finding, ast.Call, lambda it: _mode(code, it) is not None)
    mode = _mode(code, node) if node is not None else None
    if node is None or mode is None:
        return None
    name = (code.name(node.func) or _method(node)).rpartition(".")[2]
    if name == "umask":
        return fix("keep others out", replaced(code, mode, "0o077"))
    value = _value(code, mode)
    if value is None:
        return None
    owner = value & 0o700 or 0o600
    if value & 0o111 and _is_written(code, node):
        owner = 0o600
    return fix("keep others out", replaced(code, mode, f"0o{owner:o}"))


def _is_written(code: Code, node: ast.Call) -> bool:
    """Whether the file that gets the mode is written in the same function, as data then."""
    if (code.name(node.func) or _method(node)).rpartition(".")[2] != "chmod" or not node.args:
        return False
    is_method = not (code.name(node.func) or "").startswith("os.")
    path = node.func.value if is_method and isinstance(node.func, ast.Attribute) else node.args[0]
    said = ast.dump(path)
    for other in ast.walk(scope(code, node)):
        if not isinstance(other, ast.Call) or other.lineno > node.lineno:
            continue
        if _method(other) in ("write_text", "write_bytes") and isinstance(
            other.func, ast.Attribute
        ):
            written = ast.dump(other.func.value)
        elif code.name(other.func) == "open" and len(other.args) > 1:
            mode = other.args[1]
            is_for_writing = isinstance(mode, ast.Constant) and str(mode.value)[:1] in "wax"
            written = ast.dump(other.args[0]) if is_for_writing else ""
        else:
            continue
        if written == said:
            return not _is_script(scope(code, node))
    return False


def _is_script(node: ast.AST) -> bool:
    """Whether something there begins like a program."""
    return any(
        isinstance(part, ast.Constant) and str(part.value).startswith("#!")
        for part in ast.walk(node)
    )


def _method(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _mode(code: Code, node: ast.Call) -> ast.expr | None:
    name = code.name(node.func) or _method(node)
    last = name.rpartition(".")[2]
    if last not in _MODES or name == "open":
        return None
    if last == "open" and name != "os.open":
        return None
    position, said = _MODES[last]
    if not name.startswith("os.") and keyword(node, said) is None:
        position -= 1  # A method of a path.
    if position < 0:
        return None
    given = argument(node, position, said)
    value = _value(code, given) if given is not None else None
    return given if value is not None and (last == "umask" or value & 0o077) else None


def _value(code: Code, node: ast.expr) -> int | None:
    """What a mode of numbers and of constants of `stat` comes to."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.Add):
        left, right = _value(code, node.left), _value(code, node.right)
        return None if left is None or right is None else left | right
    import stat

    name = code.name(node) or ""
    if name.startswith("stat.S_I"):
        found = getattr(stat, name.removeprefix("stat."), None)
        return found if isinstance(found, int) else None
    return None
