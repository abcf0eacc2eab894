"""Formats that can hold programs are read as data only."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes import pickling, yaml_loading
from analyzers.fixes.places import keyword, marked
from analyzers.fixes.writing import fix, replaced

_SWITCHES = {"weights_only": "True", "allow_pickle": "False", "trust_remote_code": "False",
             "safe_mode": "True"}  # fmt: skip


def safely(code: Code, finding: Finding) -> Fix | None:
    """The format's own safe way of reading, or another format where both ends are seen."""
    return (
        yaml_loading.safely(code, finding)
        or switched(code, finding)
        or pickling.to_json(code, finding)
    )


def switched(code: Code, finding: Finding) -> Fix | None:
    """`weights_only=True`, `allow_pickle=False` and their like, where the opposite is said."""
    node = marked(code, finding, ast.Call, lambda it: _unsafe(it) is not None)
    given = _unsafe(node) if node is not None else None
    if given is None or given.arg is None:
        return None
    return fix("read data only", replaced(code, given.value, _SWITCHES[given.arg]))


def _unsafe(node: ast.Call) -> ast.keyword | None:
    for name, safe in _SWITCHES.items():
        given = keyword(node, name)
        value = given.value if given is not None else None
        if isinstance(value, ast.Constant) and str(value.value) != safe:
            return given
    return None
