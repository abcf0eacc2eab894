"""Whether a place is in a test: what a test does harms nobody."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.patterns.names import words_of
from analyzers.unparsed import unparsed

_FRAMEWORKS = frozenset({"pytest", "unittest", "hypothesis", "nose", "testcontainers"})
_PARTS = frozenset({"testclient", "testing"})
_WORDS = frozenset({"test", "tests", "fixture", "mock", "fake"})


def is_in_test(code: Code, node: ast.AST) -> bool:
    """Whether the file says that it holds tests, or a function or class around the node does."""
    path = code.project.path
    if path is not None and (path.name.startswith(("test_", "conftest")) or "tests" in path.parts):
        return True
    above = code.parent(node)
    while above is not None:
        if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            words = words_of(above.name) or [""]
            if {words[0], words[-1]} & _WORDS or any(map(_is_fixture, above.decorator_list)):
                return True
        above = code.parent(above)
    return is_test_file(code)


def is_test_file(code: Code) -> bool:
    """Whether the file imports what only tests do."""
    return any(map(_is_framework, code.imports.values()))


def _is_fixture(decorator: ast.expr) -> bool:
    return "pytest" in unparsed(decorator)


def _is_framework(name: str) -> bool:
    parts = name.split(".")
    return parts[0] in _FRAMEWORKS or (len(parts) > 1 and not _PARTS.isdisjoint(parts))
