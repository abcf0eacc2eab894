"""Temporary names become temporary files that nobody else can have made."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.imports import reach
from analyzers.fixes.places import marked
from analyzers.fixes.writing import fix, source

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
    from analyzers.finding import Edit

    if _is_directory(code, node):
        reached = reach(code, node, "tempfile", "mkdtemp")
        text = reached and f"{reached.text}({', '.join(given)})"
    else:
        reached = reach(code, node, "tempfile", "NamedTemporaryFile")
        text = reached and f"{reached.text}({', '.join([*given, 'delete=False'])}).name"
    if reached is None or text is None:
        return None
    return fix("make the file with its name", *reached.edits, Edit(code.span(node), text))


def _is_directory(code: Code, node: ast.Call) -> bool:
    """Whether the name is only given to what makes a directory."""
    above = code.parent(node)
    if isinstance(above, ast.Call):
        return code.name(above.func) in ("os.mkdir", "os.makedirs")
    return False
