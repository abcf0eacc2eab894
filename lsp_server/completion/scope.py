"""Where a completion ends: with its line, with its block, or at the limit of lines."""

from __future__ import annotations

import re

from lsp_server.completion.context import Context
from lsp_server.completion.layout import columns, leading
from lsp_server.completion.lexing import lex
from lsp_server.completion.shape import Shape

_ONLY_CLOSERS = re.compile(r"[)\]}]+[;,)]*")
_MOST_LEADING_BLANKS = 3
# Small models sometimes write blanks until the limit; no line begins this far right of the last.
_MOST_EXTRA_COLUMNS = 40
# Models that were taught to chat close a code block that nobody opened.
_FENCE = "```"


def bound(text: str, context: Context, shape: Shape) -> tuple[str, bool]:
    """The part of `text` within its scope, and whether more text could still change it.

    Decides on what has been seen only, so a stream can be ended as soon as the second value is
    true, and the whole text gives the same answer. Idempotent.
    """
    if shape.stops_at_newline:
        line, newline, _ = text.partition("\n")
        if _is_fence(line, context) and not context.in_text:
            return "", True
        return line, bool(newline) or _is_runaway(line, context)
    lines = text.split("\n")
    first_full = 0 if context.place in ("line_above", "blank_line") else 1
    kept: list[str] = []
    base: int | None = None
    n_lines = n_blanks = 0
    has_deeper = False
    state = context.lexed
    for idx, line in enumerate(lines):
        is_open = idx == len(lines) - 1
        if _is_runaway(line, context):
            return _joined(kept), True
        if not line.strip():
            if not is_open and idx >= first_full:
                n_blanks += 1
                if n_blanks >= (2 if n_lines else _MOST_LEADING_BLANKS):
                    return _joined(kept), True
            kept.append(line)
            continue
        if state.mode == "code" and _is_fence(line, context):
            return _joined(kept), True
        if idx >= first_full and state.mode == "code":
            width = columns((context.left if idx == 0 else "") + leading(line))
            if base is None:
                base = _base(width, context)
            if width < base:
                if not _ONLY_CLOSERS.fullmatch(line.strip()):
                    return _joined(kept), True
                # The bracket filter decides later whether this closer was wanted.
                return "\n".join([*kept, line]), not is_open
            if n_blanks and n_lines and _ends_paragraph(base, has_deeper, context):
                return _joined(kept), True
            has_deeper = has_deeper or width > base
        kept.append(line)
        state = lex(line + "\n", context.syntax, state)
        n_lines += 1 + (n_blanks if n_lines else 0)
        n_blanks = 0
        is_full = n_lines >= shape.max_lines or (idx < first_full and _is_one_liner(line, context))
        if is_full and not is_open:
            return _joined(kept), True
    return "\n".join(kept), False


def _base(width: int, context: Context) -> int:
    if context.place in ("line_above", "blank_line"):
        return width
    if context.block_indent is not None:
        return min(width, context.block_indent) if context.in_text else context.block_indent
    return min(width, columns(leading(context.left)))


def _ends_paragraph(base: int, has_deeper: bool, context: Context) -> bool:
    """After a blank line: the next thing at top level, or the next paragraph of plain text."""
    return (base == 0 and has_deeper) or context.syntax.blocks == "none"


def _is_one_liner(line: str, context: Context) -> bool:
    opens = context.block_indent is not None and not context.has_body
    return opens and context.syntax.blocks == "colon" and not line.lstrip().startswith("#")


def _is_runaway(line: str, context: Context) -> bool:
    return not line.strip() and columns(line) > (context.outer_indent or 0) + _MOST_EXTRA_COLUMNS


def _is_fence(line: str, context: Context) -> bool:
    return context.syntax.blocks != "none" and line.lstrip().startswith(_FENCE)


def _joined(lines: list[str]) -> str:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return "\n".join(lines)
