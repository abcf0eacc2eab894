"""Values that go into a log or a header stay on one line."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.parts import Hole
from analyzers.fixes.places import marked
from analyzers.fixes.templates import is_string, template
from analyzers.fixes.wrapping import wrapped
from analyzers.fixes.writing import fix, is_placed, replaced, source


def one_line(code: Code, finding: Finding) -> Fix | None:
    """The values with a space for each line end."""
    call = marked(
        code, finding, ast.Call, lambda it: isinstance(it.func, ast.Attribute) and bool(it.args)
    )
    if call is None or code.is_open(call):
        return None
    edits: list[Edit] = []
    for given in call.args:
        if isinstance(given, ast.Constant | ast.Starred):
            continue
        if not is_string(given):
            if not is_placed(code, given):
                return None
            edits.append(replaced(code, given, _joined(source(code, given), '"')))
            continue
        made = template(code, given)
        if made is None:
            return None
        for hole in made.holes:
            found = wrapped(code, [hole], _joined("{}", _quote(hole)))
            if found is None:
                return None
            edits += found
    return fix("keep the entry on one line", *edits) if edits else None


def _quote(hole: Hole) -> str:
    return "'" if hole.piece is not None and hole.piece.quote.startswith('"') else '"'


def _joined(text: str, quote: str) -> str:
    return f"{quote} {quote}.join(str({text}).splitlines())"
