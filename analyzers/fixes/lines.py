"""Values that go where a line end would begin something new stay on one line."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit
from analyzers.fixes.templates import is_string, template
from analyzers.fixes.wrapping import wrapped
from analyzers.fixes.writing import is_placed, replaced, source


def on_one_line(code: Code, given: ast.expr) -> list[Edit] | None:
    """An argument with a space for each line end in its values, None where it has no place."""
    if not is_string(given):
        if not is_placed(code, given):
            return None
        return [replaced(code, given, _joined(source(code, given), '"'))]
    made = template(code, given)
    if made is None:
        return None
    edits: list[Edit] = []
    for hole in made.holes:
        double = hole.piece is not None and hole.piece.quote.startswith('"')
        found = wrapped(code, [hole], _joined("{}", "'" if double else '"'))
        if found is None:
            return None
        edits += found
    return edits


def _joined(text: str, quote: str) -> str:
    return f"{quote} {quote}.join(str({text}).splitlines())"
