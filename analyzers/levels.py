"""How much of a Python text can be read: all of it, or less and less down to the insertion alone.

The insertion's own lines are never left out, so what is read at any level holds all of them.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace

from analyzers.code import Code
from analyzers.deadline import Deadline
from analyzers.finding import Span
from analyzers.holes import Hole, without_hole
from analyzers.pieces import Pieces
from analyzers.project import Project
from analyzers.reading.parsing import Problem, parse
from analyzers.reading.tolerance import parse_tolerant
from analyzers.report import Level
from analyzers.text_lines import line_starts, split_lines

_NAMES = r"[\w.]+(?:[ \t]+as[ \t]+\w+)?(?:[ \t]*,[ \t]*[\w.]+(?:[ \t]+as[ \t]+\w+)?)*"
IMPORT = re.compile(
    rf"^[ \t]*((?:import[ \t]+{_NAMES}|from[ \t]+[.\w]+[ \t]+import[ \t]*"
    rf"(?:\*|\([^()]*\)|{_NAMES}))[ \t]*(?:;[ \t]*)?(?:#[^\r\n]*)?)(?=[\r\n]|\Z)",
    re.MULTILINE,
)
_CONTINUED = re.compile(
    r"[ \t\r\n#)\]}]|(?:else|elif|except|finally|def|class|async)\b",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a text.

    code: what the rules are to look at; its text is that of `pieces`.
    unread: the places in the whole text that the tree does not have, in order.
    is_open: whether the inserted part ends inside of something that only the repair closed.
    """

    code: Code
    level: Level
    pieces: Pieces
    unread: tuple[Span, ...] = ()
    is_open: bool = False

    def before(self, hole: Hole) -> Reading:
        """What was read, less what is missing at a place of the whole text."""
        here = replace(hole, at=self.pieces.here(hole.at))
        return replace(self, code=without_hole(self.code, here))

    def has_read(self, offset: int) -> bool:
        """Whether the tree has what stands at an offset of the whole text."""
        return not any(span.start <= offset < span.end for span in self.unread)


def read(
    text: str,
    inserted: Span | None,
    project: Project,
    focus: tuple[Span, ...] | None = None,
    known: ast.Module | None = None,
    hole: Hole | None = None,
    deadline: Deadline | None = None,
) -> Reading | Problem:
    """The first level at which `text`, or what is around the inserted part, can be read.

    focus: the places in `text` where findings are wanted, None for everywhere.
    known: the tree of `text`, where it was parsed already.
    hole: where something is still to be typed, which then is not read. The blank line that waits
        for it says nothing of the rest, which is read as far as repairs go.
    deadline: when to try no other level, and no other repair.
    """
    reading = _read(text, inserted, project, focus, known, hole, deadline)
    return reading if hole is None or isinstance(reading, Problem) else reading.before(hole)


def _read(
    text: str,
    inserted: Span | None,
    project: Project,
    focus: tuple[Span, ...] | None,
    known: ast.Module | None,
    hole: Hole | None,
    deadline: Deadline | None,
) -> Reading | Problem:
    tree = known or parse(text)
    if not isinstance(tree, Problem):
        code = Code(text, tree, focus, project)
        return Reading(code, "whole file", Pieces.whole(text))
    problem = tree
    ways: list[tuple[Level, tuple[Span, ...]]] = [("repaired", (Span(0, len(text)),))]
    if inserted is not None:
        own = own_lines(text, inserted)
        if hole is None and is_silent(text[own.start : own.end]):
            nothing = Code("", ast.Module([], []), project=project)
            return Reading(nothing, "fragment", Pieces.of(text, (own,)), _rest(text, (own,)))
        block = _enclosing(text, own)
        ways.append(("enclosing function", _below_imports(text, block)))
        ways.append(("fragment", _below_imports(text, own)))
    for level, spans in ways:
        if deadline is not None and deadline.is_over:
            return replace(problem, message=f"{problem.message}; {deadline.why}")
        pieces = Pieces.whole(text) if level == "repaired" else Pieces.of(text, spans)
        reading = _repaired(text, pieces, inserted, level, project, focus, deadline)
        if reading is not None:
            return reading
    return problem


def _repaired(
    text: str,
    pieces: Pieces,
    inserted: Span | None,
    level: Level,
    project: Project,
    focus: tuple[Span, ...] | None,
    deadline: Deadline | None,
) -> Reading | None:
    keep = None
    if inserted is not None:
        keep = Span(pieces.here(inserted.start), pieces.here(inserted.end))
    try:
        tolerant = parse_tolerant(pieces.text, keep, deadline)
    except Exception:  # noqa: BLE001  # A repair that fails is one that did not help, as in the rule runner.
        return None
    if isinstance(tolerant, Problem):
        return None
    starts = line_starts(split_lines(pieces.text))
    unread = [pieces.span_there(Span(starts[line - 1], starts[line])) for line in tolerant.left_out]
    if level != "repaired":
        unread += _rest(text, pieces.spans)
    wanted = focus and tuple(
        Span(pieces.here(place.start), pieces.here(place.end)) for place in focus
    )
    code = Code(pieces.text, tolerant.tree, wanted, project, tolerant.open)
    is_open = keep is not None and any(
        hasattr(node, "lineno") and _overlap(code.span(node), keep) for node in tolerant.open
    )
    return Reading(code, level, pieces, tuple(sorted(unread)), is_open)


def own_lines(text: str, span: Span) -> Span:
    """The whole lines that a span touches."""
    start = max(text.rfind("\n", 0, span.start), text.rfind("\r", 0, span.start)) + 1
    last = max(span.end - 1, span.start)
    if span.end > span.start and text[last] in "\r\n":
        return Span(start, span.end)
    ends = [at + 1 for end in "\r\n" if (at := text.find(end, last)) >= 0]
    return Span(start, min(ends, default=len(text)))


def is_silent(lines: str) -> bool:
    """Whether these lines are blank or comments alone, which no tree has."""
    return all(not line.strip() or line.lstrip().startswith("#") for line in split_lines(lines))


def import_spans(text: str) -> list[Span]:
    """Where the imports stand, without their indents."""
    return [Span(match.start(1), match.end(1)) for match in IMPORT.finditer(text)]


def _below_imports(text: str, block: Span) -> tuple[Span, ...]:
    above = [span for span in import_spans(text) if not _overlap(span, block)]
    return tuple(sorted([*above, block]))


def _enclosing(text: str, own: Span) -> Span:
    """The unindented block of lines around these lines, by the look of the lines alone."""
    lines = split_lines(text)
    starts = line_starts(lines)
    first = next(i for i, start in enumerate(starts) if start >= own.start)
    first = min(first, len(lines) - 1)
    while first > 0 and _CONTINUED.match(lines[first] or "\n"):
        first -= 1
        if re.match(r"(?:async\b|def\b|class\b)", lines[first]):
            break
    while first > 0 and lines[first - 1].startswith("@"):
        first -= 1
    last = next((i for i, start in enumerate(starts) if start >= own.end), len(lines))
    while last < len(lines) and lines[last][:1] in " \t\r\n)]}":
        last += 1
    return Span(min(starts[first], own.start), max(starts[last], own.end))


def _rest(text: str, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """What of the text lies outside of the spans."""
    edges = [0, *(edge for span in spans for edge in (span.start, span.end)), len(text)]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple(Span(start, end) for start, end in pairs if start < end)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
