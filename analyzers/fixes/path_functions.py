"""Paths that another function of the file puts together and answers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes.handed import Defined, argument_for, defined
from analyzers.fixes.path_folders import Data, join_of
from analyzers.fixes.places import nodes_on_lines, scope


def path_of_function(code: Code, finding: Finding, data: Data) -> tuple[ast.expr | None, Data]:
    """Where the function that a path comes from puts it together, and what is data in there."""
    for call in _calls(code, finding):
        function = defined(code, call)
        if function is None:
            continue
        inside = _data_in(code, function, call, data)
        for node in _answers(code, function):
            if join_of(code, node, inside) is not None:
                return node, inside
    return None, data


def _calls(code: Code, finding: Finding) -> Iterator[ast.Call]:
    """The calls on the finding's lines, and those whose answer a name on them holds."""
    spans = [finding.span, *(step.span for step in reversed(finding.steps))]
    near = [node for span in spans for node in nodes_on_lines(code, span)]
    yield from (node for node in near if isinstance(node, ast.Call))
    for used in near:
        if not isinstance(used, ast.Name) or not isinstance(used.ctx, ast.Load):
            continue
        for node in ast.walk(scope(code, used)):
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Call)
                and any(isinstance(t, ast.Name) and t.id == used.id for t in node.targets)
            ):
                yield node.value


def _data_in(code: Code, function: Defined, call: ast.Call, data: Data) -> Data:
    """The parameters that get data; all of them where that is not seen."""
    taken = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    taken = [arg for arg in taken if arg.arg not in ("self", "cls")]
    getting = [
        arg
        for arg in taken
        if (value := argument_for(function, arg, call)) is not None and data.is_in(code, value)
    ]
    return Data(frozenset(arg.arg for arg in getting or taken), ())


def _answers(code: Code, function: Defined) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        is_own = isinstance(node, ast.Return) and code.function(node) is function
        if is_own and isinstance(node, ast.Return) and node.value is not None:
            yield from (part for part in ast.walk(node.value) if isinstance(part, ast.expr))
