"""Values of a command in `shlex.quote`."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit
from analyzers.fixes.imports import reach
from analyzers.fixes.parts import Hole, Template
from analyzers.fixes.places import bindings, loads, scope
from analyzers.fixes.runners import is_run_by_shell
from analyzers.fixes.shell_text import holds_several, quoted_holes
from analyzers.fixes.templates import template
from analyzers.fixes.writing import is_placed, replaced


def quoting(code: Code, at: ast.AST, made: Template, *, is_more: bool = False) -> list[Edit] | None:
    """The edits that quote each value of a command; None where one cannot be.

    Args:
        code: The file.
        at: Where `shlex` must be reached.
        made: The command.
        is_more: Whether it goes on a command that already names its program.
    """
    holes = quoted_holes(made.parts, is_program=is_more)
    if is_run_by_shell(f"{'x ' if is_more else ''}{made.constant}"):
        return None
    if not holes or any(h.spec not in ("", "!s") or holds_several(h) for _, _, h in holes):
        return None
    reached = reach(code, at, "shlex", "quote")
    if reached is None:
        return None
    edits: list[Edit] = [*reached.edits]
    for start, end, hole in holes:
        edits += [Edit(made.parts[at].span, "") for at in (start, end - 1) if end - start == 3]
        if hole.form == "+":
            text = hole.text if _is_text(hole) else f"str({hole.text})"
            edits.append(Edit(hole.span, f"{reached.text}({text})"))
            continue
        text = f"{reached.text}(str({hole.text}))"
        if hole.form == "f":
            if hole.piece is None or hole.piece.quote in text or "\\" in text:
                return None
            edits.append(Edit(hole.span, f"{{{text}}}"))
        elif is_placed(code, hole.value):
            edits.append(replaced(code, hole.value, text))
        else:
            return None
    return edits


def quoted_in_each(code: Code, call: ast.Call, given: ast.Name) -> list[Edit] | None:
    """The same for a command that is written in several statements, each adding to it."""
    within = scope(code, call)
    assigned = bindings(code, within, given.id) or []
    own = [node for one in assigned for node in ast.walk(one)]
    if len(assigned) < 2 or any(one.lineno > call.lineno for one in assigned):
        return None
    if any(load is not given and load not in own for load in loads(within, given.id)):
        return None
    edits: list[Edit] = []
    for at, one in enumerate(assigned):
        is_more = isinstance(one, ast.AugAssign)
        value = one.value if isinstance(one, ast.Assign | ast.AnnAssign | ast.AugAssign) else None
        if value is None or is_more != bool(at):
            return None
        made = template(code, value)
        if made is None:
            return None
        quoted = quoting(code, call, made, is_more=is_more) if made.holes else []
        if quoted is None:
            return None
        edits += quoted
    return list(dict.fromkeys(edits))


def _is_text(hole: Hole) -> bool:
    """Whether an operand of `+` was a string without `str()` around it."""
    return hole.span.end - hole.span.start == len(hole.text)
