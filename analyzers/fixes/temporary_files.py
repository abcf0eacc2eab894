"""Temporary names become temporary files that nobody else can have made."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.imports import reach
from analyzers.fixes.places import keyword, last_name, loads, marked, scope
from analyzers.fixes.writing import fix, replaced, source

_ARGUMENTS = ("suffix", "prefix", "dir")


def made(code: Code, finding: Finding) -> Fix | None:
    """The name of a file that exists, in place of `mktemp`'s of one that does not."""
    node = marked(
        code,
        finding,
        ast.Call,
        lambda it: code.name(it.func) in ("tempfile.mktemp", "os.tempnam", "os.tmpnam"),
    )
    if node is None or code.is_open(node) or len(node.args) > len(_ARGUMENTS):
        return None
    if (
        any(isinstance(given, ast.Starred) for given in node.args)
        or code.name(node.func) != "tempfile.mktemp"
    ):
        return None
    given = [
        *(
            f"{name}={source(code, value)}"
            for name, value in zip(_ARGUMENTS, node.args, strict=False)
        ),
        *(f"{item.arg}={source(code, item.value)}" for item in node.keywords if item.arg),
    ]
    if any(item.arg is None for item in node.keywords):
        return None
    is_directory = _is_directory(code, node)
    if is_directory is None:
        return None
    reached = reach(code, node, "tempfile", "mkdtemp" if is_directory else "NamedTemporaryFile")
    if reached is None:
        return None
    text = f"{reached.text}({', '.join([*given, 'delete=False'])}).name"
    if is_directory:
        text = f"{reached.text}({', '.join(given)})"
    return fix("make the file with its name", *reached.edits, replaced(code, node, text))


def _is_directory(code: Code, node: ast.Call) -> bool | None:
    """Whether the name is for a directory; None where making it would fail, as it is there then."""
    above = code.parent(node)
    used = [above]
    if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name):
        used = [code.parent(load) for load in loads(scope(code, node), above.targets[0].id)]
    making = [
        call
        for call in used
        if isinstance(call, ast.Call) and last_name(call.func) in ("mkdir", "makedirs", "mkfifo")
    ]
    if any(keyword(call, "exist_ok") is None for call in making):
        return None
    return bool(making)
