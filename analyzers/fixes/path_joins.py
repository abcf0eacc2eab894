"""A path that is put together from a folder and a name is held inside of the folder."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.imports import reach
from analyzers.fixes.path_folders import Data, Join, data_of, join_of
from analyzers.fixes.path_functions import path_of_function
from analyzers.fixes.places import marked, scope, statement
from analyzers.fixes.refusing import refusal_of
from analyzers.fixes.writing import (
    fix,
    indentation,
    is_placed,
    lines_after,
    lines_before,
    replaced,
    source,
)

_NORMALIZING = ("os.path.normpath", "os.path.abspath", "os.path.realpath", "os.path.expanduser")
# Their parts are run several times, at another time, or only after others of them.
_NOT_RUN_ONCE_FROM_ABOVE = (
    ast.While,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Try,
    ast.TryStar,
    ast.Match,
)
_MESSAGE = "the path leads out of its folder"


def contained(code: Code, finding: Finding) -> Fix | None:
    """An error, raised before a path that leads out of its folder is used."""
    data = data_of(code, finding)
    node = marked(code, finding, ast.expr, lambda it: join_of(code, it, data) is not None)
    if node is None:
        node = _assigned(code, finding, data)
    if node is None:
        node, data = path_of_function(code, finding, data)
    join = join_of(code, node, data) if node is not None else None
    if node is None or join is None or not is_placed(code, node):
        return None
    outer = _outermost(code, node)
    at = statement(code, outer)
    if isinstance(at, ast.Assign) and at.value is outer and _single(at) is not None:
        return _guarded(code, at, _single(at) or "", join)
    return _named(code, at, outer, join)


def _assigned(code: Code, finding: Finding, data: Data) -> ast.expr | None:
    """Where the name that the finding speaks of gets a path that is put together."""
    used = marked(code, finding, ast.Name, lambda it: bool(_values(code, it, data)))
    return _values(code, used, data)[0] if used is not None else None


def _values(code: Code, used: ast.Name, data: Data) -> list[ast.expr]:
    found = [
        node.value
        for node in ast.walk(scope(code, used))
        if isinstance(node, ast.Assign)
        and _single(node) == used.id
        and node.lineno <= used.lineno
        and used not in ast.walk(node)
    ]
    last = ast.walk(found[-1]) if found else ()
    return [part for part in last if isinstance(part, ast.expr) and join_of(code, part, data)]


def _single(node: ast.Assign) -> str | None:
    target = node.targets[0]
    return target.id if len(node.targets) == 1 and isinstance(target, ast.Name) else None


def _outermost(code: Code, node: ast.expr) -> ast.expr:
    """The path with the calls around it that only make it plainer."""
    above = code.parent(node)
    while isinstance(above, ast.Call) and code.name(above.func) in _NORMALIZING:
        node, above = above, code.parent(above)
    return node


def _guarded(code: Code, at: ast.Assign, name: str, join: Join) -> Fix | None:
    """The check below the assignment."""
    check = _check(code, at, name, join)
    if check is None:
        return None
    lines, edits = check
    margin = indentation(code, at)
    edit = lines_after(code, at, *lines)
    if edit is None or margin is None:
        return None
    return fix("keep the path in its folder", *edits, edit)


def _named(code: Code, at: ast.stmt, node: ast.expr, join: Join) -> Fix | None:
    """The path in a variable, the check, and the variable in its place."""
    if isinstance(at, _NOT_RUN_ONCE_FROM_ABOVE) or _is_bound_in(at, node):
        return None
    within = scope(code, at)
    taken = {item.id for item in ast.walk(within) if isinstance(item, ast.Name)}
    taken |= {item.arg for item in ast.walk(within) if isinstance(item, ast.arg)}
    name = next((n for n in ("path", "full_path", "checked_path") if n not in taken), None)
    if name is None or _is_evaluated_later(code, node, at):
        return None
    check = _check(code, at, name, join)
    if check is None:
        return None
    lines, edits = check
    above = lines_before(code, at, f"{name} = {source(code, node)}", *lines)
    if above is None:
        return None
    return fix("keep the path in its folder", *edits, above, replaced(code, node, name))


def _is_bound_in(at: ast.stmt, node: ast.expr) -> bool:
    """Whether the statement itself binds a name of the path: `with open(d) as f, open(f.name)`."""
    used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    within: list[ast.AST] = [at]
    if isinstance(at, ast.With | ast.AsyncWith):
        within = [*at.items]
    elif isinstance(at, ast.Assign | ast.AnnAssign | ast.AugAssign):
        within = [at.value] if at.value is not None else []
    return any(
        isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load) and part.id in used
        for one in within
        for part in ast.walk(one)
    )


def _is_evaluated_later(code: Code, node: ast.AST, at: ast.stmt) -> bool:
    """Whether the expression may be run another number of times than its statement is reached."""
    above = code.parent(node)
    while above is not None and above is not at:
        if isinstance(
            above, ast.Lambda | ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
        ):
            return True
        if isinstance(above, ast.IfExp | ast.BoolOp):
            return True
        above = code.parent(above)
    return False


def _check(
    code: Code, at: ast.stmt, name: str, join: Join
) -> tuple[list[str], tuple[Edit, ...]] | None:
    """The lines that check, and the edits that they need elsewhere."""
    margin = indentation(code, at)
    refusal = refusal_of(code, at, 404, _MESSAGE)
    if margin is None:
        return None
    step = "\t" if margin.startswith("\t") else "    "
    if join.is_pathlib:
        condition = f"if not {name}.resolve().is_relative_to({join.folder}.resolve()):"
        return [condition, f"{step}{refusal[0]}"], refusal[1]
    reached = reach(code, at, "os.path", "realpath")
    module = reach(code, at, "os", "path")
    if module is not None:
        real, common, edits = f"{module.text}.realpath", f"{module.text}.commonpath", module.edits
    elif reached is not None and reached.text.endswith(".realpath"):
        real = reached.text
        common, edits = real.replace("realpath", "commonpath"), reached.edits
    else:
        return None
    folder = f"{real}({join.folder})"
    condition = f"if {common}([{folder}, {real}({name})]) != {folder}:"
    return [condition, f"{step}{refusal[0]}"], (*edits, *refusal[1])
