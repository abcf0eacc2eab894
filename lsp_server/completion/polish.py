"""From the model's text to the text to insert: the filters in their order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lsp_server.completion.brackets import cut_surplus
from lsp_server.completion.context import Context
from lsp_server.completion.indentation import fit_indent
from lsp_server.completion.layout import to_lf
from lsp_server.completion.lexing import lex
from lsp_server.completion.overlap import cut_below, cut_right, drop_repeated_above, has_next_line
from lsp_server.completion.parsing import cut_to_parse, read_surroundings
from lsp_server.completion.query import EmptyReason
from lsp_server.completion.repetition import cut_repetition
from lsp_server.completion.scope import bound
from lsp_server.completion.shape import Shape
from lsp_server.completion.siblings import to_siblings

_TRAILING_BLANKS = re.compile(r"[ \t]+(?=\n)")


@dataclass(frozen=True, slots=True)
class Polished:
    """The text to insert with the document's line ends, or an empty one with its reason."""

    text: str
    reason: EmptyReason | None


def is_settled(raw: str, context: Context, shape: Shape) -> bool:
    """Whether nothing that the model may still write can be part of the completion.

    Each rule here comes to the same end in `polish` with the whole text, so that the moments at
    which a stream is looked at do not matter.
    """
    text, is_done = _within_scope(raw, context, shape)
    if is_done or shape.stops_at_newline:
        return is_done
    whole, newline, _ = text.rpartition("\n")
    return bool(newline) and (
        has_next_line(whole, context) or _cut_circle(whole, context, False) != whole
    )


def polish(raw: str, context: Context, shape: Shape, is_truncated: bool) -> Polished:
    """Applies every filter; the one that leaves nothing names the reason.

    `is_truncated`: a limit ended the text, not the model.
    """
    if not raw:
        return Polished("", "model_stopped")
    text, is_done = _within_scope(raw, context, shape)
    if not text.strip():
        # A line that ends at once is the model's way to say that it is complete.
        ended_line = shape.stops_at_newline and not text
        return Polished("", "model_stopped" if ended_line else "blank")
    is_truncated = is_truncated and not is_done
    text = _cut_circle(text, context, is_truncated)
    if not text.strip():
        return Polished("", "repetition")
    text = cut_below(text, context, is_truncated)
    if not text.strip():
        return Polished("", "repeats_suffix")
    if is_truncated:
        text = drop_partial_line(text)
    text = drop_repeated_above(text, context)
    if not text:
        return Polished("", "repeats_prefix")
    text = cut_right(text, context)
    if not text.strip():
        return Polished("", "repeats_suffix")
    text = cut_surplus(text, context)
    if not text.strip():
        return Polished("", "unbalanced")
    around = read_surroundings(context)
    placed = to_siblings(text, to_lf(raw), context, around)
    if placed is None:
        return Polished("", "unsupported_place")
    text = cut_to_parse(placed, context, around)
    if not text.strip():
        is_string = lex(placed, context.syntax, context.lexed).mode == "string"
        return Polished("", "unbalanced" if is_string else "misfit")
    return Polished(_finish(text, context), None)


def _within_scope(raw: str, context: Context, shape: Shape) -> tuple[str, bool]:
    text, is_one = to_lf(raw), False
    if not shape.is_multiline or shape.max_lines == 1:
        # What comes after the one line must not decide how it is indented.
        text, is_one = bound(text, context, shape)
    text, is_done = bound(fit_indent(text, context), context, shape)
    return text, is_one or is_done


def drop_partial_line(text: str) -> str:
    """Drops the last line of several, which the limit cut; a single line is kept. Idempotent
    on what it returns with its line end.
    """
    whole, _, last = text.rpartition("\n")
    if not last.strip() or not whole.strip():
        return text
    return whole + "\n"


def _cut_circle(text: str, context: Context, is_truncated: bool) -> str:
    own = context.left if context.place in ("line_above", "blank_line") else ""
    above = context.above[-1] if context.above else ""
    cut = cut_repetition(own + text, above, is_truncated)
    return cut.removeprefix(own)


def _finish(text: str, context: Context) -> str:
    # Two blanks at a line's end mean a break in prose, and blanks before other text separate.
    if context.syntax.blocks != "none" or context.syntax.line_comments:
        text = _TRAILING_BLANKS.sub("", text)
    if context.place != "mid_line":
        text = text.rstrip()
    if context.place == "line_above":
        # The line that stood here keeps the indentation that the cursor was behind.
        text = f"{text}\n{context.left}"
    return text.replace("\n", context.eol)
