"""Functions of a file that hand a parameter of theirs on, and what the file's calls give for it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from analyzers.code import Code
from analyzers.fixes.callers import parameter_of
from analyzers.fixes.places import last_name

Defined = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Handed:
    """given: each call of the function in the file, with what it gives for the parameter."""

    function: Defined
    parameter: ast.arg
    given: tuple[tuple[ast.Call, ast.expr], ...]


def handed(code: Code, used: ast.Name) -> Handed | None:
    """The function that `used` is a parameter of, where the file shows all that it is given.

    None where the name is bound again, where the function is used for anything but calls, or where
    nothing calls it: it is for others then.
    """
    found = parameter_of(code, used)
    if found is None or not isinstance(found[0], Defined):
        return None
    function, parameter = found[0], found[1]
    if any(
        isinstance(node, ast.Name) and node.id == used.id and not isinstance(node.ctx, ast.Load)
        for node in ast.walk(function)
    ):
        return None
    calls = calls_of(code, function)
    if not calls:
        return None
    given: list[tuple[ast.Call, ast.expr]] = []
    for call in calls:
        value = argument_for(function, parameter, call)
        if value is None:
            return None
        given.append((call, value))
    return Handed(function, parameter, tuple(given))


def defined(code: Code, call: ast.Call) -> Defined | None:
    """The one function of the file that a call can mean by its name."""
    name = last_name(call.func)
    found = [
        node for node in ast.walk(code.tree) if isinstance(node, Defined) and node.name == name
    ]
    return found[0] if len(found) == 1 and name else None


def calls_of(code: Code, function: Defined) -> list[ast.Call] | None:
    """The file's calls of a function; None where it is mentioned in any other way."""
    found: list[ast.Call] = []
    for node in ast.walk(code.tree):
        if isinstance(node, Defined) and node.name == function.name and node is not function:
            return None
        if not isinstance(node, ast.Name | ast.Attribute) or last_name(node) != function.name:
            continue
        above = code.parent(node)
        if not (isinstance(above, ast.Call) and above.func is node):
            return None
        found.append(above)
    return found


def argument_for(function: Defined, parameter: ast.arg, call: ast.Call) -> ast.expr | None:
    """What a call gives for a parameter; None where it is left out or cannot be told."""
    if any(isinstance(arg, ast.Starred) for arg in call.args):
        return None
    positional = [*function.args.posonlyargs, *function.args.args]
    if positional and positional[0].arg in ("self", "cls"):
        positional = positional[1:]
    for arg, value in zip(positional, call.args, strict=False):
        if arg is parameter:
            return value
    return next((item.value for item in call.keywords if item.arg == parameter.arg), None)
