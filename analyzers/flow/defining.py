"""Functions and classes, as they are defined."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from analyzers.flow.definitions import Class, Function
from analyzers.flow.state import State
from analyzers.flow.value import Value

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter


def _function(
    run: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef, state: State
) -> State:
    function = made_function(run, node, state)
    run.frame.inner.append(function)
    state.names[node.name] = Value(callee=function)
    return state


def made_function(
    run: Interpreter, node: ast.FunctionDef | ast.AsyncFunctionDef, state: State
) -> Function:
    """A function as it is defined here."""
    run.frame.scope.names = state.names
    decorators = []
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        decorators.append(run.code.name(called) or "")
    function = Function(node, run.frame.scope, decorators=tuple(decorators))
    positional = [*node.args.posonlyargs, *node.args.args]
    defaults = node.args.defaults
    for argument, default in zip(
        positional[len(positional) - len(defaults) :], defaults, strict=True
    ):
        function.defaults[argument.arg] = run.value(default, state)
    for argument, keyword_default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if keyword_default is not None:
            function.defaults[argument.arg] = run.value(keyword_default, state)
    return function


def _class(run: Interpreter, node: ast.ClassDef, state: State) -> State:
    owner = Class(node, run.frame.scope)
    bases: list[str] = []
    for base in node.bases:
        value = run.value(base, state)
        if isinstance(value.callee, Class):
            inherited = value.callee
            owner.methods |= inherited.methods
            owner.names |= inherited.names
            for name, method in inherited.methods.items():
                owner.names[f"super.{name}"] = Value(callee=method)
            owner.fields += inherited.fields
            bases += inherited.bases
        else:
            bases.append(run.code.name(base) or "")
    owner.bases = tuple(bases)
    fields = []
    inside = State(dict(state.names), state.things, state.guards, state.below)
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            method = made_function(run, statement, inside)
            method.owner = owner
            owner.methods[statement.name] = method
            run.frame.inner.append(method)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            fields.append(statement.target.id)
            if statement.value is not None:
                run.block([statement], inside)
                owner.names[statement.target.id] = inside.names[statement.target.id]
        else:
            known = dict(inside.names)
            run.block([statement], inside)
            owner.names |= {
                name: value for name, value in inside.names.items() if known.get(name) is not value
            }
    owner.fields += tuple(fields)
    state.things, state.guards = inside.things, inside.guards
    state.names[node.name] = Value(callee=owner)
    return state


HANDLERS: Final[dict[type[ast.AST], Callable[[Interpreter, Any, State], State | None]]] = {
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
}
