"""What can be read of half-typed and cut-out Python.

Lines are completed at their ends, blocks are put around what lacks them, and what still cannot be
read is left out, a logical line at a time. The tree stands in the text as it was given.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from dataclasses import dataclass

from analyzers.finding import Span
from analyzers.reading.built import Built, joined, lead_back
from analyzers.reading.logical import lex
from analyzers.reading.parsing import Problem, parse
from analyzers.reading.places import line_starts
from analyzers.reading.repair import Repair
from analyzers.reading.structure import FOLLOWS, HEADS

MOST_BROKEN_BLOCKS = 4
FEWEST_ROWS_FOR_BLOCKS = 40
_TRIPLE = re.compile(r"\"{3}|'{3}")
_NO_SOURCE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Tolerant:
    """A tree of what could be read, in the lines and columns of the text as it was given.

    left_out: the lines (from 1) that were not read, none of them of the kept span.
    open: the nodes that only the repair closed; what they lack may still be typed.
    is_repaired: whether the text was not read just as it stands.
    """

    tree: ast.Module
    left_out: tuple[int, ...] = ()
    open: frozenset[ast.AST] = frozenset()
    is_repaired: bool = False


def parse_tolerant(text: str, keep: Span | None = None) -> Tolerant | Problem:
    """The tree of as much of `text` as can be read, all of `keep` at least. Never raises."""
    tree = parse(text)
    if isinstance(tree, ast.Module):
        return Tolerant(tree)
    try:
        return _repaired(_NO_SOURCE.sub(_stand_in, text), keep, tree.line) or tree
    except RecursionError:
        return Problem("nested too deeply")


def _stand_in(found: re.Match[str]) -> str:
    """Of as many bytes."""
    return " " if found.group() == "\0" else "\ufffd"


def _repaired(text: str, keep: Span | None, stopped: int) -> Tolerant | None:
    if text.startswith("\ufeff"):
        # White space of as many bytes would be an indent, so the first line is indented.
        text = "   " + text[1:]
        keep = keep and Span(keep.start + 2, keep.end + 2)
    starts = line_starts(text)
    rows = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    kept, cursor = _kept(rows, starts, keep)
    quotes = _quotes_of_tail(rows)
    if quotes:
        repair = Repair(rows, kept, cursor, quotes)
        if tail := _finished(repair.run(), repair.unread):
            return tail
    for opening in _openings(rows):
        repair = Repair(rows, kept, cursor, opened=[opening])
        built = repair.run()
        if not repair.unread and (inside := _finished(built, repair.unread)):
            return inside
    if len(rows) >= FEWEST_ROWS_FOR_BLOCKS and (read := _by_block(rows, kept, cursor, stopped)):
        return read
    repair = Repair(rows, kept, cursor)
    return _finished(repair.run(), repair.unread)


def _openings(rows: list[str]) -> tuple[str, ...]:
    """What may have opened the brackets out of whose middle the text was cut."""
    above = lex(rows).logicals[:-1]
    is_inside = bool(above) and all(line.final == "," for line in above)
    return ("{", "_(") if is_inside else ()


def _finished(built: Built | None, unread: set[int]) -> Tolerant | None:
    if built is None:
        return None
    tree = parse(built.text)
    if isinstance(tree, Problem):
        return None
    opened = lead_back(tree, built)
    return Tolerant(tree, tuple(row + 1 for row in sorted(unread)), opened, True)


def _by_block(
    rows: list[str], kept: frozenset[int], cursor: tuple[int, int] | None, stopped: int
) -> Tolerant | None:
    """The text with no more repaired than those statements of the first column that need it."""
    starts, above = [0], ""
    for line in lex(rows).logicals:
        if line.column == 0 and line.word not in FOLLOWS and above != "@" and line.first > 0:
            starts.append(line.first)
        above = line.word if line.column == 0 else ""
    ends = [*starts[1:], len(rows)]
    pieces = [
        Built(rows[a:b], list(range(b - a)), n_rows=b - a)
        for a, b in zip(starts, ends, strict=True)
    ]
    unread: set[int] = set()
    repaired: set[int] = set()
    row = min(stopped, len(rows)) - 1
    for _ in range(MOST_BROKEN_BLOCKS):
        at = bisect_right(starts, row) - 1
        if at in repaired:
            return None
        a, b = starts[at], ends[at]
        there = (cursor[0] - a, cursor[1]) if cursor is not None and a <= cursor[0] < b else None
        repair = Repair(rows[a:b], frozenset(k - a for k in kept if a <= k < b), there)
        built = repair.run()
        if built is None:
            return None
        pieces[at] = built
        repaired.add(at)
        unread.update(a + left_out for left_out in repair.unread)
        whole = joined(pieces)
        tree = parse(whole.text)
        if isinstance(tree, ast.Module):
            opened = lead_back(tree, whole)
            return Tolerant(tree, tuple(left_out + 1 for left_out in sorted(unread)), opened, True)
        row = whole.numbers[min(tree.line, len(whole.numbers)) - 1]
    return None


def _kept(
    rows: list[str], starts: list[int], keep: Span | None
) -> tuple[frozenset[int], tuple[int, int] | None]:
    """The rows that hold a character of the span that is no white space, and where it ends."""
    if keep is None:
        return frozenset(), None
    kept, cursor = set(), None
    for i, (row, start) in enumerate(zip(rows, starts, strict=True)):
        if row[max(keep.start - start, 0) : max(keep.end - start, 0)].strip():
            kept.add(i)
        if start <= keep.end <= start + len(row):
            cursor = cursor or (i, keep.end - start)
    return frozenset(kept), cursor


def _quotes_of_tail(rows: list[str]) -> str:
    """The three quotes whose string was begun before the text, empty if none seems to be."""
    for i, row in enumerate(rows):
        if found := _TRIPLE.search(row):
            above = [text for text in rows[:i] if text.strip()]
            above += [row[: found.start()]] if row[: found.start()].strip() else []
            n_prose = sum(isinstance(parse(_head_made_whole(text)), Problem) for text in above)
            is_end = not row[found.end() :].lstrip()[:1].isalnum()
            return found.group() if is_end and 2 * n_prose > len(above) else ""
    return ""


def _head_made_whole(row: str) -> str:
    row = row.strip()
    return row + " pass" if row.endswith(":") and row.split(maxsplit=1)[0] in HEADS else row
