"""Writes a string that was put together again, with other text in place of some of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyzers.code import Code
from analyzers.finding import Edit, Span
from analyzers.fixes.literals import Char, Piece
from analyzers.fixes.parts import Hole, Template


@dataclass(frozen=True, slots=True)
class Replacement:
    """`text` in place of `parts[start:end]`."""

    start: int
    end: int
    text: str


def rewritten(
    code: Code, made: Template, replacements: Sequence[Replacement], escapes: dict[str, str]
) -> list[Edit] | None:
    """The edits; None where what is left does not fit together.

    Args:
        code: The file.
        made: The string.
        replacements: In order, without overlap.
        escapes: What is to be written for characters of the text that stays.
    """
    gone = {i for item in replacements for i in range(item.start, item.end)}
    left = [hole for i, hole in enumerate(made.parts) if i not in gone and isinstance(hole, Hole)]
    kept = {hole.piece.whole for hole in left if hole.piece is not None and hole.form == "f"}
    edits: list[Edit] = []
    for item in replacements:
        edit = _edit(code, made, item, kept)
        if edit is None:
            return None
        edits.append(edit)
    filled = [hole for hole in left if hole.form in ("%", "format")]
    tail = _tail(code, made, filled)
    if tail is None:
        return None
    edits += tail
    covered = list(edits)
    is_plain = bool(made.tails) and not filled
    for i, part in enumerate(made.parts):
        if isinstance(part, Char) and i not in gone:
            wanted = _written(code, part, is_plain, kept, escapes)
            if wanted != code.text[part.span.start : part.span.end]:
                edits.append(Edit(part.span, wanted))
    for whole, piece in {p.piece.whole: p.piece for p in made.parts if p.piece is not None}.items():
        if piece.is_f and whole not in kept:
            prefix = Span(whole.start, whole.start + len(piece.prefix))
            if not any(edit.span.overlaps(prefix) for edit in covered):
                edits.append(Edit(prefix, _without_f(piece)))
    return edits


def _edit(code: Code, made: Template, item: Replacement, kept: set[Span]) -> Edit | None:
    """One replacement, with the ends of the literals around it."""
    first, last = made.parts[item.start], made.parts[item.end - 1]
    before = made.parts[item.start - 1] if item.start else None
    after = made.parts[item.end] if item.end < len(made.parts) else None
    if first.piece is not None:
        left, start = first.piece, first.span.start
    elif isinstance(before, Char):
        left, start = before.piece, before.piece.body.end
    else:
        return None
    if last.piece is not None:
        right: Piece | None = last.piece
        end = last.span.end
    elif isinstance(after, Char):
        right, end = after.piece, after.piece.body.start
    elif after is None:
        right, end = None, last.span.end
    else:
        return None
    if right is None:
        return Edit(Span(start, end), item.text + left.quote)
    if left.whole == right.whole:
        return Edit(Span(start, end), item.text)
    glue = code.text[last.span.end if last.piece is None else start : right.whole.start]
    styles = [
        (piece.quote, piece.prefix if piece.whole in kept else _without_f(piece))
        for piece in (left, right)
    ]
    if "\n" not in code.text[start:end] and styles[0] == styles[1]:
        return Edit(Span(start, end), item.text)
    if "\n" not in glue or last.piece is not None:
        glue = ", " if isinstance(last, Hole) and last.form == "join" else " + "
    opening = styles[1][1] + right.quote
    return Edit(Span(start, end), f"{item.text}{left.quote}{glue}{opening}")


def _tail(code: Code, made: Template, left: list[Hole]) -> list[Edit] | None:
    """What is left of `% values` and `.format(values)`."""
    if not made.tails:
        return []
    tail = made.tails[0]
    if not left:
        return [Edit(tail, "")]
    if code.text[tail.start : tail.end].lstrip().startswith("%"):
        if any("(" in code.text[hole.span.start : hole.span.end] for hole in left):
            return []
        texts = [hole.text for hole in left]
        return [Edit(tail, f" % ({', '.join(texts)}{',' if len(texts) == 1 else ''})")]
    names = [code.text[hole.span.start + 1 : hole.span.end - 1].strip() for hole in left]
    if any(name[:1].isdigit() for name in names):
        return None
    given = [f"{n}={hole.text}" if n else hole.text for n, hole in zip(names, left, strict=True)]
    return [Edit(tail, f".format({', '.join(dict.fromkeys(given))})")]


def _written(
    code: Code, part: Char, is_plain: bool, kept: set[Span], escapes: dict[str, str]
) -> str:
    """What stands for a character when the holes are gone."""
    written = code.text[part.span.start : part.span.end]
    if written == 2 * part.char:
        was_field = part.piece.is_f and part.piece.whole not in kept
        if is_plain or was_field:
            written = part.char
    return escapes.get(part.char, written)


def _without_f(piece: Piece) -> str:
    return piece.prefix.replace("f", "").replace("F", "")
