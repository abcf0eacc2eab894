"""What can be read of half-typed and cut-out Python.

Lines are completed at their ends, blocks are put around what lacks them, and what still cannot be
read is left out, a logical line at a time. The tree stands in the text as it was given.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise

from analyzers.deadline import Deadline
from analyzers.finding import Span
from analyzers.reading.built import Built, joined, lead_back
from analyzers.reading.layout import looks_newer, may_be_newer
from analyzers.reading.logical import Lexed, lex
from analyzers.reading.parsing import NO_SOURCE, Problem, parse
from analyzers.reading.places import line_starts
from analyzers.reading.repair import Repair, Rows
from analyzers.reading.structure import FOLLOWS, HEADS

MOST_BROKEN_BLOCKS = 4
FEWEST_ROWS_FOR_BLOCKS = 40
_TRIPLE = re.compile(r"\"{3}|'{3}")


@dataclass(frozen=True, slots=True)
class Tolerant:
    """A tree of what could be read, in the lines and columns of the text as it was given.

    left_out: the lines (from 1) that were not read, none of them of the kept span.
    open: the nodes that only the repair closed; what they lack may still be typed. A name that was
        missing is `_`, and stands in no character.
    is_repaired: whether the text was not read just as it stands.
    cut_line: the line of which only what stands before the end of the kept span was read.
    """

    tree: ast.Module
    left_out: tuple[int, ...] = ()
    open: frozenset[ast.AST] = frozenset()
    is_repaired: bool = False
    cut_line: int | None = None


def parse_tolerant(
    text: str, keep: Span | None = None, deadline: Deadline | None = None
) -> Tolerant | Problem:
    """The tree of as much of `text` as can be read, all of `keep` at least. Never raises."""
    tree = parse(text, may_be_newer=False)
    is_newer = isinstance(tree, Problem) and looks_newer(text) and may_be_newer(text)
    if is_newer:
        tree = parse(text)
    if isinstance(tree, ast.Module):
        return Tolerant(tree)
    try:
        rows = replace(_rows(NO_SOURCE.sub(_stand_in, text), keep, is_newer), deadline=deadline)
        return _repaired(rows, tree.line) or tree
    except RecursionError:
        return Problem("nested too deeply")


def _stand_in(found: re.Match[str]) -> str:
    """Of as many bytes."""
    return " " if found.group() == "\0" else "\ufffd"


def _repaired(rows: Rows, stopped: int) -> Tolerant | None:
    if quotes := _quotes_of_tail(rows):
        repair = Repair(rows, quotes=quotes)
        if tail := _finished(repair.run(), repair):
            return tail
    lexed = lex(rows.texts)
    for opening in _openings(lexed):
        repair = Repair(rows, opened=[opening])
        built = repair.run()
        if not repair.unread and (inside := _finished(built, repair)):
            return inside
    if len(rows.texts) >= FEWEST_ROWS_FOR_BLOCKS and (read := _by_block(rows, lexed, stopped)):
        return read
    repair = Repair(rows)
    return _finished(repair.run(), repair)


def _rows(text: str, keep: Span | None, is_newer: bool) -> Rows:
    if text.startswith("\ufeff"):
        # White space of as many bytes would be an indent, so the first line is indented.
        text = "   " + text[1:]
        keep = keep and Span(keep.start + 2, keep.end + 2)
    starts = line_starts(text)
    texts = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    if keep is None:
        return Rows(texts, may_be_newer=is_newer)
    kept = frozenset(
        i
        for i, (row, start) in enumerate(zip(texts, starts, strict=True))
        if row[max(keep.start - start, 0) : max(keep.end - start, 0)].strip()
    )
    row = bisect_right(starts, keep.end) - 1
    return Rows(texts, kept, (row, keep.end - starts[row]), may_be_newer=is_newer)


def _quotes_of_tail(rows: Rows) -> str:
    """The three quotes whose string was begun before the text, empty if none seems to be."""
    for i, row in enumerate(rows.texts):
        if found := _TRIPLE.search(row):
            if row[found.end() :].lstrip()[:1].isalnum():
                return ""
            above = [*rows.texts[:i], row[: found.start()] + "\n"]
            return found.group() if _is_prose(above) else ""
    return ""


def _is_prose(rows: list[str]) -> bool:
    """Whether most of the rows are no Python, whatever is done to them."""
    words = [row for row in rows if row.strip()]
    n_broken = sum(isinstance(parse(_head_made_whole(row)), Problem) for row in words)
    if 2 * n_broken <= len(words):
        return False
    repair = Repair(Rows(rows))
    return repair.run() is None or 2 * len(repair.unread) >= len(words)


def _head_made_whole(row: str) -> str:
    row = row.strip()
    return row + " pass" if row.endswith(":") and row.split(maxsplit=1)[0] in HEADS else row


def _openings(lexed: Lexed) -> tuple[str, ...]:
    """What may have opened the brackets out of whose middle the text was cut."""
    above = lexed.logicals[:-1]
    is_inside = bool(above) and all(line.final == "," for line in above)
    return ("{", "_(") if is_inside else ()


def _finished(built: Built | None, *repairs: Repair) -> Tolerant | None:
    if built is None:
        return None
    tree = parse(built.text)
    if isinstance(tree, Problem):
        return None
    opened = lead_back(tree, built)
    unread = sorted(r.source.first + row + 1 for r in repairs for row in r.unread)
    cut = [r.source.first + r.cut_row + 1 for r in repairs if r.cut_row is not None]
    return Tolerant(tree, tuple(unread), opened, True, cut[0] if cut else None)


def _by_block(rows: Rows, lexed: Lexed, stopped: int) -> Tolerant | None:
    """The text with no more repaired than those statements of the first column that need it."""
    starts, above = [0], ""
    for line in lexed.logicals:
        if line.column == 0 and line.word not in FOLLOWS and above != "@" and line.first > 0:
            starts.append(line.first)
        above = line.word if line.column == 0 else ""
    blocks = [rows.part(a, b) for a, b in pairwise([*starts, len(rows.texts)])]
    pieces = [
        Built(list(block.texts), list(range(len(block.texts))), n_rows=len(block.texts))
        for block in blocks
    ]
    repairs: dict[int, Repair] = {}
    row = min(stopped, len(rows.texts)) - 1
    while len(repairs) < MOST_BROKEN_BLOCKS:
        at = bisect_right(starts, row) - 1
        if at in repairs:
            return None
        repairs[at] = Repair(blocks[at])
        built = repairs[at].run()
        if built is None:
            return None
        pieces[at] = built
        whole = joined(pieces)
        if read := _finished(whole, *repairs.values()):
            return read
        tree = parse(whole.text)
        assert isinstance(tree, Problem)
        row = whole.numbers[min(tree.line, len(whole.numbers)) - 1]
    return None
