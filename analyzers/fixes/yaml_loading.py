"""YAML that may build any object becomes YAML that builds plain values."""

from __future__ import annotations

import ast
import re

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.places import argument, call, keyword
from analyzers.fixes.writing import fix, replaced, without_argument

_SAFE = {"load": "safe_load", "load_all": "safe_load_all"}
_TO_SAFE = {
    **_SAFE,
    **{f"{prefix}_load": "safe_load" for prefix in ("unsafe", "full")},
    **{f"{prefix}_load_all": "safe_load_all" for prefix in ("unsafe", "full")},
}
# A file that says how its own objects are written and read means to read them.
_OBJECTS = re.compile(r"YAMLObject|yaml_tag|!!python/|add_(?:multi_)?(?:constructor|representer)")


def safely(code: Code, finding: Finding) -> Fix | None:
    """`yaml.safe_load`, or `SafeLoader` where the function is known by its bare name."""
    node = call(code, finding, *(f"yaml.{name}" for name in _TO_SAFE))
    if node is None or code.is_open(node) or _OBJECTS.search(code.text):
        return None
    loader = argument(node, 1, "Loader")
    if isinstance(node.func, ast.Attribute):
        called = f"{code.source(node.func.value)}.{_TO_SAFE[node.func.attr]}"
        edits = [replaced(code, node.func, called)]
        if loader is not None:
            edits.append(without_argument(code, node, keyword(node, "Loader") or loader))
        return fix("load plain values only", *edits)
    return _by_name(code, node, loader)


def _by_name(code: Code, node: ast.Call, loader: ast.expr | None) -> Fix | None:
    """`from yaml import load`: the import gets the safe one under the name that is used."""
    assert isinstance(node.func, ast.Name)
    name = code.imports.get(node.func.id, "").rpartition(".")[2]
    edits: list[Edit] = []
    for statement in ast.walk(code.tree):
        if isinstance(statement, ast.ImportFrom) and statement.module == "yaml":
            for alias in statement.names:
                if (alias.asname or alias.name) == node.func.id and not alias.asname:
                    edits.append(replaced(code, alias, _TO_SAFE[name]))
    calls = [
        other
        for other in ast.walk(code.tree)
        if isinstance(other, ast.Name) and other.id == node.func.id
    ]
    if len(edits) != 1 or len(calls) != 1 or name not in _TO_SAFE:
        return None
    edits.append(replaced(code, node.func, _TO_SAFE[name]))
    if loader is not None:
        edits.append(without_argument(code, node, keyword(node, "Loader") or loader))
    return fix("load plain values only", *edits)
