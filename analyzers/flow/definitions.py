"""The file's own functions and classes, as values of the program."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from analyzers.flow.origin import Origin
from analyzers.flow.value import Value


@dataclass(slots=True, eq=False)
class Scope:
    """The names of a function while and after it runs; `outer` is what it was defined in.

    conditions: what names were last given the truth of, so that a guard may be named.
    """

    outer: Scope | None
    names: dict[str, Value]
    conditions: dict[str, ast.expr] = field(default_factory=dict)

    def find(self, name: str) -> Value | None:
        """The value of a name here or further out."""
        scope: Scope | None = self
        while scope is not None:
            if (value := scope.names.get(name)) is not None:
                return value
            scope = scope.outer
        return None


@dataclass(slots=True, eq=False)
class Class:
    """A class of the file.

    methods: its own and those of the file's classes that it inherits from.
    bases: the dotted names of its bases, the file's own ones seen through.
    fields: of a dataclass or named tuple, in order.
    """

    node: ast.ClassDef
    scope: Scope
    methods: dict[str, Function] = field(default_factory=dict)
    bases: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    names: dict[str, Value] = field(default_factory=dict)
    instance: int | None = None


@dataclass(slots=True, eq=False)
class Function:
    """A function, method or lambda of the file; `scope` is what it was defined in.

    guards: what was known to be harmless where it was defined.
    """

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope
    owner: Class | None = None
    decorators: tuple[str, ...] = ()
    n_calls: int = 0
    defaults: dict[str, Value] = field(default_factory=dict)
    guards: dict[Origin, frozenset[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name, empty for a lambda."""
        return "" if isinstance(self.node, ast.Lambda) else self.node.name


def parameter_nodes(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[ast.arg]:
    """The parameters in order, the starred ones last."""
    found = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    found += [extra for extra in (node.args.vararg, node.args.kwarg) if extra is not None]
    return found
