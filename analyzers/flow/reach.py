"""Whether a call may have to do with data from the network: others need not be followed far."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from typing import Final

from analyzers.code import Code
from analyzers.flow import request, sources
from analyzers.flow.definitions import Class, Function
from analyzers.flow.origin import Level
from analyzers.flow.state import State
from analyzers.flow.value import Value

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_WORD = re.compile(r"[^\W\d]\w*")
# A module for clients.
_MODULE = re.compile(r"\burllib\.request\b")
_BLOCKS: Final = ("body", "orelse", "finalbody", "handlers", "cases")
# Where data from the network enters a function that is given none, some of these words stand.
_REMOTE: Final = frozenset(
    {
        "session",
        *(name.rpartition(".")[2] for name in sources.REQUESTS | sources.SESSIONS),
        *(
            name.partition(".")[0]
            for name, (level, _) in sources.FUNCTIONS.items()
            if level is Level.REMOTE
        ),
        *(name for name, (level, _) in sources.METHODS.items() if level is Level.REMOTE),
    }
)


class Reach:
    """What the functions of a file may bring in."""

    def __init__(self, code: Code) -> None:
        self._code = code

    def may_matter(self, function: Function, given: Iterable[Value], state: State) -> bool:
        """Whether data from the network may be in what a function is called with, or enter in it.

        given: what its parameters are bound to. What else it can see is of the file itself, or it
            is taken to matter, as it is where it may call what is not named in it.
        """
        if function.scope.outer is not None or isinstance(function.node, ast.Lambda):
            return True
        if self._serves or function.name in self._bringing:
            return True
        if any(self._may_call(value) or self._may_be_remote(value, state) for value in given):
            return True
        return any(
            self._may_be_remote(value, state) or (_called(value) != name and self._may_call(value))
            for name, value in function.scope.names.items()
        )

    def _may_call(self, value: Value) -> bool:
        """Whether such data may enter where it is called; a class is, where objects are made."""
        if isinstance(value.callee, Class):
            return "__init__" in self._bringing
        return value.callee is not None

    def _may_be_remote(self, value: Value, state: State) -> bool:
        """Whether it comes from the network, or holds what does or what may be called."""
        if _is_remote(value):
            return True
        waiting, seen = list(value.refs), set[int]()
        while waiting:
            ref = waiting.pop()
            thing = None if ref in seen else state.at(ref)
            seen.add(ref)
            for held in () if thing is None else thing.everything():
                if _is_remote(held) or self._may_call(held):
                    return True
                waiting += held.refs
        return False

    @functools.cached_property
    def _serves(self) -> bool:
        """Whether a class of the file may have objects that are given requests."""
        patterns = [sources.VIEWS, *(pattern for pattern, _ in sources.HANDLERS)]
        return any(
            pattern.search(self._code.name(base) or "")
            for node in _definitions(self._code.tree.body)
            if isinstance(node, ast.ClassDef)
            for base in node.bases
            for pattern in patterns
        )

    @functools.cached_property
    def _bringing(self) -> frozenset[str]:
        """The names of functions and classes in which such data may enter."""
        imports = self._code.imports.items()
        wanted = {name for name, meant in imports if not _REMOTE.isdisjoint(_WORD.findall(meant))}
        wanted |= _REMOTE
        waiting = [(node.name, self._words(node)) for node in _definitions(self._code.tree.body)]
        while True:
            new = {name for name, words in waiting if not wanted.isdisjoint(words)}
            if not new:
                return frozenset(wanted)
            wanted |= new
            waiting = [(name, words) for name, words in waiting if name not in new]

    def _words(self, node: _Definition) -> frozenset[str]:
        """The words of a function, or the names of the methods of a class and of its bases."""
        if isinstance(node, ast.ClassDef):
            bases = (self._code.name(base) or "" for base in node.bases)
            return frozenset([*(below.name for below in _definitions(node.body)), *bases])
        words = _WORD.findall(_MODULE.sub("", self._code.source(node)))
        return frozenset(words[2:] if words[0] == "async" else words[1:])


def _is_remote(value: Value) -> bool:
    return value.level is Level.REMOTE or value.kind in request.KINDS


def _called(value: Value) -> str:
    """The name of the function or class of the file that a value is."""
    if isinstance(value.callee, Class):
        return value.callee.node.name
    return "" if value.callee is None else value.callee.name or "lambda"


def _definitions(body: Iterable[ast.AST]) -> Iterator[_Definition]:
    for node in body:
        if isinstance(node, _Definition):
            yield node
        for block in _BLOCKS:
            yield from _definitions(getattr(node, block, ()))
