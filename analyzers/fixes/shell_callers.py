"""Commands that a function is handed as one text, and gives to a shell.

Its callers put the text together: they quote the values, and the function splits the text into the
words that a shell would have made of it.
"""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit
from analyzers.fixes.handed import handed
from analyzers.fixes.parts import Template
from analyzers.fixes.places import bindings, loads, scope
from analyzers.fixes.shell_quoting import quoting
from analyzers.fixes.shell_text import is_fixed_program, words
from analyzers.fixes.templates import template


def quoted_by_callers(code: Code, given: ast.Name) -> list[Edit] | None:
    """The values quoted in each text that the file hands over.

    None where one of them needs a shell, runs a value, or is not seen.
    """
    found = handed(code, given)
    if found is None:
        return None
    edits: list[Edit] = []
    for call, value in found.given:
        made = _written(code, call, value)
        split = None if made is None else words(made.parts)
        if made is None or not split or not is_fixed_program(split):
            return None
        own = quoting(code, call, made) if made.holes else []
        if own is None:
            return None
        edits += own
    return list(dict.fromkeys(edits))


def _written(code: Code, call: ast.Call, value: ast.expr) -> Template | None:
    if not isinstance(value, ast.Name):
        return template(code, value)
    assigned = bindings(code, scope(code, call), value.id)
    if not assigned or len(assigned) != 1 or len(loads(scope(code, call), value.id)) != 1:
        return None
    one = assigned[0]
    return template(code, one.value) if isinstance(one, ast.Assign) else None
