"""Functions around the focus that are to be run because of what they give to it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from analyzers.code import Code

_Function = ast.FunctionDef | ast.AsyncFunctionDef
# How many callers of callers are looked for, and how many are run: they cost what the focus costs.
_MAX_DEPTH = 4
_MAX_CALLERS = 8
# What stands before a name that is a function of the file, and before one of the object's methods.
_MAY_BE_CALLED = re.compile(r"(?<![\w.])(?<!\bdef )(?<!\bclass )(?:(?:self|cls)\.)?\Z")
_READ = re.compile(r"\bself\.(\w++)")
FILLED = re.compile(
    r"\bself\.(\w++)(?:[^=\n(]{0,200}=(?!=)"
    r"|\.(?:append|appendleft|add|extend|insert|update|setdefault|push|put)\()"
)
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def of_focus(code: Code) -> frozenset[ast.AST]:
    """The functions outside of the focus that may call, over others too, a function in it.

    What a function is called with says how sure a finding in it is: it has to be seen even where
    the finding alone is asked for. A method counts as called by `self.name`, and where an object of
    its class may be made. The methods that set or add to what the focus reads of `self` are among
    them. Of many, the first are taken.
    """
    if code.focus is None:
        return frozenset()
    return frozenset([*_callers(code), *_fillers(code)][:_MAX_CALLERS])


def _fillers(code: Code) -> Iterator[ast.AST]:
    read = {
        name
        for place in code.focus or ()
        for name in _READ.findall(code.text, place.start, place.end)
    }
    if read:
        for node in code.tree.body:
            if isinstance(node, ast.ClassDef) and code.is_in_focus(node):
                for method in node.body:
                    if isinstance(method, _Function) and not code.is_in_focus(method):
                        span = code.span(method)
                        if not read.isdisjoint(FILLED.findall(code.text, span.start, span.end)):
                            yield method


def _callers(code: Code) -> list[ast.AST]:
    names = {node.name for node in code.nodes(ast.FunctionDef)}
    names |= {node.name for node in code.nodes(ast.AsyncFunctionDef)}
    names |= {node.name for node in code.nodes(ast.ClassDef)}
    found: list[ast.AST] = []
    functions: list[_Function] | None = None
    for _ in range(_MAX_DEPTH):
        lines = {line for name in names for line in _lines_with(code.text, name)}
        if not lines:
            break
        if functions is None:
            functions = [f for f in _functions(code.tree.body) if not code.is_in_focus(f)]
        new = [f for f in functions if f not in found and not lines.isdisjoint(_range(f))]
        found += new
        if not new or len(found) >= _MAX_CALLERS:
            break
        names = {function.name for function in new}
    return found


def _lines_with(text: str, name: str) -> Iterator[int]:
    """The lines in which a name stands, but for where it is defined."""
    line, last = 1, 0
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        is_whole = not (text[end : end + 1].isidentifier() or text[end : end + 1].isdecimal())
        if is_whole and _MAY_BE_CALLED.search(text, max(at - 12, 0), at):
            line += text.count("\n", last, at)
            last = at
            yield line
        at = text.find(name, end)


def _range(function: _Function) -> range:
    return range(function.lineno, (function.end_lineno or function.lineno) + 1)


def _functions(body: Iterable[ast.AST]) -> Iterator[_Function]:
    for node in body:
        if isinstance(node, _Function):
            yield node
        for block in _BLOCKS:
            yield from _functions(getattr(node, block, ()))
