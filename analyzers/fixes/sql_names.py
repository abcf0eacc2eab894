"""Names of columns and tables that a query takes: no driver binds them, so they are looked at."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Edit
from analyzers.fixes.callers import parameter_of
from analyzers.fixes.imports import Reached, reach
from analyzers.fixes.literals import Char
from analyzers.fixes.parts import Hole
from analyzers.fixes.places import bindings, scope, statement
from analyzers.fixes.refusing import refusal_of
from analyzers.fixes.sql_queries import Made
from analyzers.fixes.writing import indentation, lines_before

_COLUMN = re.compile(r"\b(?:ORDER|GROUP)\s+BY\s*$", re.IGNORECASE)
_DIRECTION = re.compile(r"\b(?:ORDER|GROUP)\s+BY\s+[\0\w.]+\s+$", re.IGNORECASE)
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN|TABLE)\s*$", re.IGNORECASE)
_KINDS = {
    # A column may have a direction behind it.
    "the name of a column": (_COLUMN, r"[\w.]+( \w+)?"),
    "a direction": (_DIRECTION, ""),
    "the name of a table": (_TABLE, r"[\w.]+"),
}


def checked(code: Code, sink: ast.Call, made: list[Made]) -> list[Edit] | None:
    """Above each text of a query a question whether what it takes for a name is one.

    None where a variable stands where no name does; empty where none is taken.
    """
    edits: list[Edit] = []
    for one in made:
        for hole, before in _unbound(one):
            name = hole.value
            if not isinstance(name, ast.Name) or not _comes_from_elsewhere(code, sink, name):
                continue
            at = statement(code, sink) if one.at is None else one.at
            asked = _question(code, at, hole, before)
            if asked is None:
                return None
            edits += asked
    return list(dict.fromkeys(edits))


def _question(code: Code, at: ast.stmt, hole: Hole, before: str) -> list[Edit] | None:
    kind = next((kind for kind, (place, _) in _KINDS.items() if place.search(before)), None)
    margin = indentation(code, at)
    if kind is None or margin is None or hole.spec not in ("", "!s"):
        return None
    pattern = _KINDS[kind][1]
    reached = reach(code, at, "re", "fullmatch") if pattern else Reached("")
    if reached is None:
        return None
    is_named = f'not {reached.text}(r"{pattern}", {hole.text})'
    asked = is_named if pattern else f'{hole.text}.lower() not in ("asc", "desc")'
    step = "\t" if margin.startswith("\t") else "    "
    refusal, needed = refusal_of(code, at, 400, f"not {kind}")
    above = lines_before(code, at, f"if {asked}:", f"{step}{refusal}")
    return None if above is None else [*reached.edits, *needed, above]


def _unbound(one: Made) -> Iterator[tuple[Hole, str]]:
    """The holes of a text that are no values, with the text before each."""
    bound = {at for slot in one.slots for at in range(slot.start, slot.end)}
    said = ""
    for at, part in enumerate(one.template.parts):
        if isinstance(part, Hole) and at not in bound:
            yield part, said
        said += part.char if isinstance(part, Char) else "\0"


def _comes_from_elsewhere(code: Code, sink: ast.Call, name: ast.Name) -> bool:
    """Whether a variable is a parameter, or was read from something: no constant, no text of ours.

    What was put together here is a part of the query and no name.
    """
    if parameter_of(code, name) is not None:
        return True
    assigned = bindings(code, scope(code, sink), name.id) or []
    return any(
        isinstance(one, ast.Assign) and isinstance(one.value, ast.Call | ast.Subscript)
        for one in assigned
    )
