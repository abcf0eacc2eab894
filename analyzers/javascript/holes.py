"""A script with something harmless where an operand is still to be typed.

What a repair leaves there would be thought the worst of. `null` switches nothing on and is no data
of anybody's.
"""

from __future__ import annotations

import re

from analyzers.delta import Insertion
from analyzers.finding import Span
from analyzers.holes import Hole

FILLER = "null"
_NAME = re.compile(r"[\w$.]*\Z")
# What wants something behind it; an arrow and an assignment end in one of these too.
_WANTS = re.compile(r"(?:[-+*%&|?:=<>^]|\$\{)\s*\Z")
_ENDS = re.compile(r"[ \t]*(?:[)\]},;]|\r|\n|\Z)")
_MOST_LOOKED_AT = 200


def filled(document: str, hole: Hole) -> Insertion | None:
    """What to put where an operand is missing, or where a name is typed on; None if none is."""
    before = document[max(hole.at - _MOST_LOOKED_AT, 0) : hole.at]
    name = _NAME.search(before) if hole.is_glued else None
    n_name = len(name[0]) if name else 0
    before = before[: len(before) - n_name]
    if not _ENDS.match(document, hole.at):
        return None
    # A name that is typed on may stand first in brackets too, where nothing need stand.
    if not (_WANTS.search(before) or (n_name and before.rstrip()[-1:] in ("(", ",", "["))):
        return None
    return Insertion(Span(hole.at - n_name, hole.at), FILLER)
