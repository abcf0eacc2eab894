"""What a file's own calls give to a parameter, which says what the function must go on taking."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.fixes.places import bindings, last_name, scope

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def parameter_of(code: Code, used: ast.Name) -> tuple[Function, ast.arg] | None:
    """The function that a name is a parameter of, and the parameter; None where it is none."""
    above = code.parent(used)
    while above is not None:
        if isinstance(above, Function):
            given = above.args
            every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
            found = next((arg for arg in every if arg is not None and arg.arg == used.id), None)
            if found is not None:
                return above, found
        above = code.parent(above)
    return None


def values(code: Code, used: ast.Name) -> list[ast.expr]:
    """What a name may hold, as far as the file shows: its assignments, defaults, and calls."""
    found = parameter_of(code, used)
    if found is None:
        assigned = bindings(code, scope(code, used), used.id) or []
        return [one.value for one in assigned if isinstance(one, ast.Assign)]
    function, parameter = found
    return [*_defaults(function, parameter), *_given(code, function, parameter)]


def _defaults(function: Function, parameter: ast.arg) -> Iterator[ast.expr]:
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    with_default = positional[len(positional) - len(given.defaults) :]
    pairs = [*zip(with_default, given.defaults, strict=True)]
    for arg, value in (*pairs, *zip(given.kwonlyargs, given.kw_defaults, strict=True)):
        if arg is parameter and value is not None:
            yield value


def _given(code: Code, function: Function, parameter: ast.arg) -> Iterator[ast.expr]:
    name = _name(code, function)
    positional = [*function.args.posonlyargs, *function.args.args]
    if positional and positional[0].arg in ("self", "cls"):
        positional = positional[1:]
    for node in ast.walk(code.tree) if name else ():
        if not isinstance(node, ast.Call) or last_name(node.func) != name:
            continue
        for arg, value in zip(positional, node.args, strict=False):
            if arg is parameter:
                yield value
        yield from (item.value for item in node.keywords if item.arg == parameter.arg)


def _name(code: Code, function: Function) -> str:
    """How the file calls a function; a lambda by the name that it is assigned to."""
    if not isinstance(function, ast.Lambda):
        return function.name
    above = code.parent(function)
    return last_name(above.targets[0]) if isinstance(above, ast.Assign) else ""
