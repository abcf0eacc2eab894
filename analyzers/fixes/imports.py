"""How a file can say a function of a module, and the import that it may need for it."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from analyzers.code import Code
from analyzers.finding import Edit, Span
from analyzers.fixes.places import placed_nodes, scope
from analyzers.fixes.writing import newline


@dataclass(frozen=True, slots=True)
class Reached:
    """`text` means what was asked for, once `edits` are made."""

    text: str
    edits: tuple[Edit, ...] = ()


def reach(code: Code, at: ast.AST, module: str, attribute: str) -> Reached | None:
    """How to say `module.attribute` at a node.

    None where every short way is taken by another meaning of the name.
    """
    for statement in _visible(code, at):
        for alias in statement.names:
            said = _said(statement, alias, module, attribute)
            if said and not _hidden(code, at, said.partition(".")[0]):
                return Reached(said)
    if _is_framework(code, module) and not is_taken(code, attribute):
        return Reached(attribute, (_from_edit(code, module, attribute),))
    top = module.partition(".")[0]
    if not is_taken(code, top):
        return Reached(f"{module}.{attribute}", (import_edit(code, module),))
    if not is_taken(code, attribute) and not hasattr(builtins, attribute):
        return Reached(attribute, (_from_edit(code, module, attribute),))
    return None


def _is_framework(code: Code, module: str) -> bool:
    """Whether the file imports the module's names one by one, and not the module."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == module
        and not node.level
        and node.names[-1].name != "*"
        for node in _leading(code)
    )


def _said(
    statement: ast.Import | ast.ImportFrom, alias: ast.alias, module: str, attribute: str
) -> str | None:
    package, _, last = module.rpartition(".")
    if isinstance(statement, ast.Import):
        if alias.name == module:
            return f"{alias.asname or module}.{attribute}"
        return None
    if statement.level:
        return None
    if statement.module == module and alias.name == attribute:
        return alias.asname or attribute
    if package and statement.module == package and alias.name == last:
        return f"{alias.asname or last}.{attribute}"
    return None


def _visible(code: Code, at: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that a node sees: the module's, and those before it in its function."""
    own = scope(code, at)
    for node in placed_nodes(code):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        where = scope(code, node)
        if (where is code.tree and not isinstance(code.parent(node), ast.ClassDef)) or (
            where is own and node.lineno < getattr(at, "lineno", 0)
        ):
            yield node


def _hidden(code: Code, at: ast.AST, name: str) -> bool:
    """Whether a function around the node has a variable of this name."""
    function = code.function(at)
    while function is not None:
        for node in ast.walk(function):
            if isinstance(node, ast.arg) and node.arg == name:
                return True
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
                return True
        function = code.function(function)
    return False


def is_taken(code: Code, name: str) -> bool:
    """Whether the file gives the name any meaning of its own."""
    for node in placed_nodes(code):
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
            return True
        if isinstance(node, ast.arg) and node.arg == name:
            return True
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name == name:
                return True
        elif isinstance(node, ast.ImportFrom):
            if any((alias.asname or alias.name) == name for alias in node.names):
                return True
        elif isinstance(node, ast.Import) and any(alias.asname == name for alias in node.names):
            return True
    return False


def import_edit(code: Code, module: str) -> Edit:
    """`import module` where the file has its imports."""
    start = _start_of_imports(code)
    lines = newline(code.text)
    before = [
        node
        for node in _leading(code)
        if isinstance(node, ast.Import)
        and node.names[0].name < module
        and _is_standard(node.names[0].name) == _is_standard(module)
    ]
    if before:
        start = _next_line(code, before[-1])
    tail = "" if start == 0 or code.text[start - 1] in "\r\n" else lines
    gap = "" if _leading(code) or not code.text[start:].strip() else lines
    return Edit(Span(start, start), f"{tail}import {module}{lines}{gap}")


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _from_edit(code: Code, module: str, attribute: str) -> Edit:
    """`from module import attribute`, in an import of that module where there is one."""
    for node in _leading(code):
        if isinstance(node, ast.ImportFrom) and node.module == module and not node.level:
            end = code.span(node.names[-1]).end
            if node.names[-1].name != "*":
                return Edit(Span(end, end), f", {attribute}")
    edit = import_edit(code, module)
    return Edit(
        edit.span, edit.text.replace(f"import {module}", f"from {module} import {attribute}")
    )


def _leading(code: Code) -> list[ast.Import | ast.ImportFrom]:
    """The imports at the top of the module, `__future__` left out."""
    found: list[ast.Import | ast.ImportFrom] = []
    for node in code.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            if not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
                found.append(node)
        elif found:
            break
    return found


def _start_of_imports(code: Code) -> int:
    leading = _leading(code)
    if leading:
        return _line_start(code, leading[0])
    previous: ast.stmt | None = None
    for node in code.tree.body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not ((is_text and previous is None) or isinstance(node, ast.ImportFrom)):
            break
        previous = node
    if previous is not None:
        return _next_line(code, previous)
    at = 0
    while code.text.startswith("#", at):
        end = code.text.find("\n", at)
        if end < 0:
            break
        at = end + 1
    return at


def _line_start(code: Code, node: ast.stmt) -> int:
    return code.text.rfind("\n", 0, code.span(node).start) + 1


def _next_line(code: Code, node: ast.stmt) -> int:
    end = code.text.find("\n", code.span(node).end)
    return len(code.text) if end < 0 else end + 1
