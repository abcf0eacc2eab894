"""Asks Python's own parser whether the file still parses with a completion in it.

Only the statements around the cursor are parsed, and only where they parsed before: on half-typed
code nothing is judged.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

from lsp_server.completion.context import Context
from lsp_server.completion.layout import columns, indent_of_width, leading
from lsp_server.completion.lexing import CLOSER_OF, lex

_STATEMENT = re.compile(r"^(?!(?:else|elif|except|finally|case)\b)[^\W\d]", re.MULTILINE)
# Parsing longer texts again and again would be felt.
_LONGEST = 60_000
_TRY = re.compile(r"\s*try\s*:")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The top-level statements around a cursor, which parse without the completion."""

    before: str
    after: str

    def parse_with(self, text: str) -> bool:
        """Whether they parse with `text` at the cursor."""
        return _parses(self.before + text + self.after)


def read_surroundings(context: Context) -> Surroundings | None:
    """What can be parsed around the cursor; None where nothing can be judged."""
    if not context.syntax.is_python or context.in_text:
        return None
    own = "\n" + context.left if context.place == "line_above" else ""
    before, after = context.before, context.after
    starts = [match.start() for match in _STATEMENT.finditer(before[: before.rfind("\n") + 1])]
    end = _STATEMENT.search(after, len(context.right))
    pairs = [(0, len(after))]
    if starts:
        pairs.insert(0, (starts[-1], end.start() if end else len(after)))
    for start, stop in pairs:
        if len(before) - start + stop > _LONGEST:
            continue
        if _parses_without(before[start:], after[:stop], context):
            return Surroundings(before[start:], own + after[:stop])
    return None


def cut_to_parse(text: str, context: Context, around: Surroundings | None) -> str:
    """The text, or its lines moved or cut so that the file parses; empty where nothing helps.

    A last line that only waits for more (a head without its body, an open bracket) is no fault.
    """
    if around is None or around.parse_with(text):
        return text
    lines = text.split("\n")
    if context.place != "mid_line" and _may_go_on(
        text, context, around, is_alone="\n" not in text.strip()
    ):
        return text
    for moved in _moved(lines, context):
        if around.parse_with(moved):
            return moved
    shorter = ["\n".join(lines[:n]).rstrip() for n in range(len(lines) - 1, 0, -1)]
    shorter = [candidate for candidate in shorter if candidate.strip()]
    for candidate in shorter:
        if around.parse_with(candidate):
            return candidate
    if context.place == "mid_line":
        return ""
    return next((said for said in shorter if _may_go_on(said, context, around, is_alone=False)), "")


def _parses_without(before: str, after: str, context: Context) -> bool:
    above = before[: before.rfind("\n") + 1]
    # A line with text below the cursor's place stays; one that is being written may go.
    is_own = context.place != "line_above"
    below = after[len(context.right) + 1 :] if is_own else context.left + after
    bodies = [before + after, above + below]
    if context.block_indent is not None and not context.has_body:
        body = indent_of_width(context.block_indent, context.unit) + "pass\n"
        bodies.append((before + "\n" if context.place == "line_end" else above) + body + below)
    return any(map(_parses, bodies))


def _may_go_on(text: str, context: Context, around: Surroundings, is_alone: bool) -> bool:
    """Whether the text parses once its last line is completed.

    is_alone: it is all there is, and one line, so that a long string may just have begun.
    """
    end = lex(text, context.syntax, context.lexed)
    if end.broken:
        return False
    # The closers below are for the outermost brackets.
    own = end.stack[min(len(context.lexed_below.unmatched), len(end.stack)) :]
    closers = "".join(CLOSER_OF[char] for char in reversed(own))
    if end.mode == "string":
        # A text of several lines had room for the end of its string; half of it swallows the file.
        return is_alone and around.parse_with(text + end.delimiter + closers)
    last = text.rpartition("\n")[2]
    line = context.left + last if last == text else last
    width = columns(leading(line))
    here = indent_of_width(width, context.unit)
    deeper = here + context.unit
    body = f"\n{deeper}pass"
    if _TRY.match(line):
        body += f"\n{here}finally:\n{deeper}pass"
    tails = [body] if last.rstrip().endswith(":") else []
    if line.lstrip().startswith("@"):
        tails.append(f"\n{here}def _(): pass")
    tails += [closers, "_" + closers, f"{closers}:{body}", f"_{closers}:{body}"]
    return any(around.parse_with(text + tail) for tail in tails)


def _moved(lines: list[str], context: Context) -> list[str]:
    """The whole lines at the other depths that are open at the cursor, nearest first."""
    if context.place not in ("line_above", "blank_line"):
        return []
    own = columns(context.left)
    width = columns(context.left + leading(lines[0]))
    depths: set[int] = set()
    shallowest = 10_000
    for line in reversed(context.above):
        if line.strip() and columns(leading(line)) < shallowest:
            shallowest = columns(leading(line))
            depths.add(shallowest)
    if context.block_indent is not None:
        depths.add(context.block_indent)
    nearest = sorted(depths - {width}, key=lambda depth: (abs(depth - width), depth))
    return [shift(lines, depth - width, own, context) for depth in nearest if depth >= own]


def shift(lines: list[str], by: int, own: int, context: Context) -> str:
    """Lines moved by so many columns, the first one standing behind `own` columns already."""
    first = lines[0].lstrip(" \t")
    width = columns(context.left + leading(lines[0])) + by - own
    moved = [indent_of_width(max(width, 0), context.unit) + first]
    state = lex(lines[0] + "\n", context.syntax, context.lexed)
    for line in lines[1:]:
        indent = leading(line)
        if line.strip() and state.mode == "code":
            there = indent_of_width(max(columns(indent) + by, 0), context.unit)
            moved.append(there + line[len(indent) :])
        else:
            moved.append(line)
        state = lex(line + "\n", context.syntax, state)
    return "\n".join(moved)


def _parses(source: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
