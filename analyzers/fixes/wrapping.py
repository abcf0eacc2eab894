"""Calls around the values of a string."""

from __future__ import annotations

from collections.abc import Sequence

from analyzers.code import Code
from analyzers.finding import Edit
from analyzers.fixes.parts import Hole


def wrapped(code: Code, holes: Sequence[Hole], around: str) -> list[Edit] | None:
    """Each of the holes with a call around it: `around` holds `{}` where the value goes.

    None where a hole is formatted in a way that the call would lose.
    """
    edits: list[Edit] = []
    for hole in holes:
        text = around.format(hole.text)
        if hole.form in ("+", "join"):
            edits.append(Edit(hole.span, text))
            continue
        if hole.spec not in ("", "!s"):
            return None
        if hole.form == "f":
            assert hole.piece is not None
            if hole.piece.quote in text or "\\" in text or "\n" in text:
                return None
            edits.append(Edit(hole.span, f"{{{text}}}"))
        else:
            edits.append(Edit(code.span(hole.value), text))
            if code.source(hole.value) != hole.text:
                return None
    return edits
