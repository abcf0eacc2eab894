"""Whether a completion is one line or several, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lsp_server.completion.context import Context
from lsp_server.completion.query import CompletionOptions

Why = Literal[
    "text_right",  # the text must fit before what stands on its right
    "prose",  # in a comment or a string
    "empty_block",  # a block was opened and has no line yet
    "new_paragraph",  # a blank line after a blank line, or the start of the file
    "end_of_block",  # nothing follows in the block that the cursor is in
    "statement",  # one more line among others, or the rest of one
    "asked",  # the options say so
]


@dataclass(frozen=True, slots=True)
class Shape:
    """How much may be generated. `stops_at_newline`: the engine itself ends with the line."""

    is_multiline: bool
    max_lines: int
    stops_at_newline: bool
    why: Why


def choose_shape(context: Context, options: CompletionOptions) -> Shape:
    """Decides by the place of the cursor; `options.multiline` overrules what is a guess."""
    if context.place == "mid_line":
        return _single("text_right")
    opens = context.block_indent is not None and not context.has_body
    if options.multiline == "never":
        # After the colon of a block the line to offer is the next one.
        starts_below = opens and context.place == "line_end"
        return Shape(False, 1, not starts_below, "asked")
    if options.multiline == "always":
        return _multi("asked", options)
    if context.in_text:
        return _single("prose")
    if _is_inside_brackets(context):
        return _single("statement")
    if opens:
        return _multi("empty_block", options)
    if context.place == "blank_line":
        if not context.above or not context.above[-1].strip():
            return _multi("new_paragraph", options)
        if _ends_block(context):
            return _multi("end_of_block", options)
    return _single("statement")


def _is_inside_brackets(context: Context) -> bool:
    inner = context.lexed.stack[-1:]
    return bool(inner) and (inner != "{" or context.syntax.blocks == "colon")


def _ends_block(context: Context) -> bool:
    here = len(context.left.expandtabs(4)) or context.outer_indent or 0
    return context.next_indent is None or context.next_indent < here


def _single(why: Why) -> Shape:
    return Shape(False, 1, True, why)


def _multi(why: Why, options: CompletionOptions) -> Shape:
    return Shape(True, max(options.max_lines, 1), False, why)
