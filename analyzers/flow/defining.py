"""Functions and classes, as they are defined."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from analyzers.flow.definitions import Class, Function, parameter_nodes
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
        # Names and routes do nothing; what is called to give a decorator does.
        run.value(decorator, state)
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        decorators.append(run.code.name(called) or "")
    function = Function(
        node, run.frame.scope, decorators=tuple(decorators), guards=dict(state.guards)
    )
    defaults(run, function, state)
    for argument in parameter_nodes(node):
        annotation(run, argument.annotation, state)
    annotation(run, node.returns, state)
    return function


def annotation(run: Interpreter, node: ast.expr | None, state: State) -> None:
    """Annotations are run, where the file does not put that off; few of them do anything."""
    if node is None or run.code.imports.get("annotations") == "__future__.annotations":
        return
    if any(isinstance(below, ast.Call) for below in ast.walk(node)):
        run.value(node, state)


def defaults(run: Interpreter, function: Function, state: State) -> None:
    """What parameters are worth that are not given: it is made where a function is defined."""
    node = function.node
    positional = [*node.args.posonlyargs, *node.args.args]
    given = node.args.defaults
    for argument, default in zip(positional[len(positional) - len(given) :], given, strict=True):
        function.defaults[argument.arg] = run.value(default, state)
    for argument, keyword_default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if keyword_default is not None:
            function.defaults[argument.arg] = run.value(keyword_default, state)


def _class(run: Interpreter, node: ast.ClassDef, state: State) -> State:
    owner = Class(node, run.frame.scope)
    bases: list[str] = []
    supers: dict[str, Value] = {}
    for outside in (*node.decorator_list, *(keyword.value for keyword in node.keywords)):
        run.value(outside, state)
    for base in node.bases:
        value = run.value(base, state)
        if isinstance(value.callee, Class):
            inherited = value.callee
            # What an earlier base says goes first; the fields of a later one are given first.
            owner.methods = inherited.methods | owner.methods
            owner.names = inherited.names | owner.names
            above = {f"super.{name}": Value(callee=m) for name, m in inherited.methods.items()}
            supers = above | supers
            owner.fields = inherited.fields + owner.fields
            bases += inherited.bases
        else:
            bases.append(run.code.name(base) or "")
    owner.bases = tuple(bases)
    owner.names |= supers
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
            annotation(run, statement.annotation, inside)
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
