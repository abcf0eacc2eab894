"""Archives are unpacked only to where they are told to."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.places import argument, last_name, marked
from analyzers.fixes.writing import fix, set_keyword


def filtered(code: Code, finding: Finding) -> Fix | None:
    """The filter "data" of `tarfile`, which refuses members that lead elsewhere.

    Source: PEP 706; in Python 3.11.4 and later.
    """
    node = marked(
        code,
        finding,
        ast.Call,
        lambda it: last_name(it.func) in ("extractall", "extract", "unpack_archive"),
    )
    if node is None:
        return None
    if last_name(node.func) == "unpack_archive":
        name = argument(node, 0, "filename")
        if isinstance(name, ast.Constant) and str(name.value).endswith(".zip"):
            return None  # A ZIP archive takes no filter, and needs none.
    edit = set_keyword(code, node, "filter", '"data"')
    return None if edit is None else fix("refuse members that lead elsewhere", edit)
