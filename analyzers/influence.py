"""Which calls in a function an insertion may have to do with, without following data.

For findings that rest on values of unknown origin: what the insertion neither is, nor binds, nor
decides, was so before. The order of statements is not looked at, so that loops need no thought.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from analyzers.code import Code
from analyzers.finding import Span
from analyzers.walk import FIELDS

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_BLOCKS = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})
_READING_BUILTINS = frozenset(dir(builtins)) - {
    "setattr",
    "delattr",
    "next",
    "exec",
    "eval",
    "vars",
}
_LOGS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical"})


@dataclass(slots=True)
class _Part:
    """A simple statement, or the head of a compound one.

    names: all names and attributes in it; `changed`, those that it may give another value.
    inside: for a head the parts that it decides over.
    """

    first: int
    last: int
    names: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    inside: list[_Part] = field(default_factory=list)


def touched_names(code: Code, inserted: Span) -> frozenset[str] | None:
    """The names and attributes in all statements that the insertion may have to do with.

    None if it does not lie in one function that the tree of `code` has.
    """
    first, last = code.place(inserted.start)[0], code.place(inserted.end)[0]
    function = _function_at(code.tree, first, last)
    if function is None:
        return None
    parts = [part for statement in function.body for part in _parts(statement, code.imports)]
    if not parts or first < parts[0].first:
        return None
    waiting = [part for part in parts if part.first <= last and part.last >= first]
    touched: set[int] = set()
    names: set[str] = set()
    changed: set[str] = set()
    while waiting:
        for part in waiting:
            touched.add(id(part))
            names |= part.names
            changed |= part.changed
        inside = [below for part in waiting for below in part.inside]
        waiting = [
            part for part in parts if id(part) not in touched and not part.names.isdisjoint(changed)
        ]
        waiting += [part for part in inside if id(part) not in touched]
    return frozenset(names)


def _function_at(tree: ast.Module, first: int, last: int) -> _Function | None:
    """The function or method of the file, not one inside of another, that holds these lines."""
    for node in tree.body:
        members = node.body if isinstance(node, ast.ClassDef) else [node]
        for member in members:
            if (
                isinstance(member, _Function)
                and member.lineno < first
                and last <= (member.end_lineno or member.lineno)
            ):
                return member
    return None


def _parts(statement: ast.stmt | ast.ExceptHandler, imported: Collection[str]) -> Iterator[_Part]:
    """The statement and those inside of it."""
    part = _Part(statement.lineno, statement.lineno)
    is_compound = False
    for name in FIELDS.get(statement.__class__, statement._fields):
        below = getattr(statement, name, None)
        if name in _BLOCKS and isinstance(below, list) and below:
            is_compound = True
            for each in below:
                is_case = isinstance(each, ast.match_case)
                for inner in _of_case(each, imported) if is_case else _parts(each, imported):
                    part.inside.append(inner)
                    yield inner
        elif isinstance(below, list):
            for each in below:
                if isinstance(each, ast.AST):
                    _gather(each, part, imported)
                elif isinstance(each, str):
                    part.names.add(each)
                    part.changed.add(each)
        elif isinstance(below, ast.AST):
            _gather(below, part, imported)
        elif isinstance(below, str):
            part.names.add(below)
            part.changed.add(below)
    if not is_compound:
        part.last = getattr(statement, "end_lineno", None) or part.first
    elif part.inside:
        part.last = max(part.first, min(inner.first for inner in part.inside) - 1)
    part.changed |= _targets(statement)
    yield part


def _of_case(case: ast.match_case, imported: Collection[str]) -> Iterator[_Part]:
    """A case of a match has no place of its own."""
    head = _Part(case.pattern.lineno, case.pattern.end_lineno)
    _gather(case.pattern, head, imported)
    if case.guard is not None:
        _gather(case.guard, head, imported)
    head.changed |= head.names
    for statement in case.body:
        for inner in _parts(statement, imported):
            head.inside.append(inner)
            yield inner
    yield head


def _gather(node: ast.AST, part: _Part, imported: Collection[str]) -> None:
    """The names in an expression, and those of them that a call or `:=` in it may change."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        kind = node.__class__
        if isinstance(node, ast.Name):
            part.names.add(node.id)
            continue
        if isinstance(node, ast.Constant):
            value = node.value
            # `__builtins__["eval"]` names what it calls.
            if isinstance(value, str) and value.isidentifier():
                part.names.add(value)
            continue
        if isinstance(node, ast.Attribute):
            part.names.add(node.attr)
        elif isinstance(node, ast.Call):
            part.changed |= _changed_by(node, imported)
        elif isinstance(node, ast.NamedExpr):
            part.changed.add(node.target.id)
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            part.names.add(node.name)
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            part.names.add(node.arg)
        for name in FIELDS.get(kind, kind._fields):
            below = getattr(node, name, None)
            if below.__class__ is list:
                waiting += [each for each in below if isinstance(each, ast.AST)]
            elif isinstance(below, ast.AST):
                waiting.append(below)


def _changed_by(call: ast.Call, imported: Collection[str]) -> set[str]:
    """A method may change its object; what is of the file itself what it is given."""
    called = call.func
    found = set[str]()
    if isinstance(called, ast.Attribute):
        if called.attr in _LOGS:
            return found
        root = called.value
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in imported:
            return found
        found = _words(called.value)
        if found.isdisjoint(("self", "cls", "super")):
            return found
    elif isinstance(called, ast.Name) and (called.id in _READING_BUILTINS or called.id in imported):
        return found
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return found.union(*map(_words, given))


def _targets(statement: ast.AST) -> set[str]:
    found: set[str] = set()
    for name in ("targets", "target", "items", "names"):
        below = getattr(statement, name, None)
        for each in below if isinstance(below, list) else [below]:
            if isinstance(each, ast.withitem):
                found |= _words(each.optional_vars)
            elif isinstance(each, ast.alias):
                found.add((each.asname or each.name).partition(".")[0])
            else:
                found |= _words(each)
    return found


def _words(node: ast.AST | None) -> set[str]:
    """The names and attributes of a target, or of what a call is given, without its inner calls."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
            waiting.append(node.value)
        elif isinstance(node, ast.Subscript | ast.Starred):
            waiting.append(node.value)
        elif isinstance(node, ast.Tuple | ast.List):
            waiting += node.elts
    return found
