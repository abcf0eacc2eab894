"""Fits the indentation of generated lines to the document and to the place of the cursor."""

from __future__ import annotations

import re

from lsp_server.completion.context import Context
from lsp_server.completion.layout import columns, convert_indent, indent_of_width, leading
from lsp_server.completion.levels import fit_levels

_LEADING_BLANK_LINES = re.compile(r"(?:[ \t]*\n)+")


def fit_indent(text: str, context: Context) -> str:
    """The text with the document's indentation characters and a first line at a legal depth.

    Small models like to indent the first line of a block once too much or not at all. It is moved,
    with the lines that belong to it, only where the language leaves one choice; elsewhere, and in
    strings and comments, the model's indentation stands.
    """
    text = _start_at_cursor(text, context)
    if context.in_text:
        return text
    lines = text.split("\n")
    first_full = 0 if context.place in ("line_above", "blank_line") else 1
    for idx in range(first_full, len(lines)):
        indent = leading(lines[idx])
        lines[idx] = convert_indent(indent, context.unit) + lines[idx][len(indent) :]
    first = next((idx for idx in range(first_full, len(lines)) if lines[idx].strip()), None)
    if first is not None:
        _unsay(lines, first, context)
        _move(lines, first, context)
        fit_levels(lines, first, context)
    return "\n".join(lines)


def _start_at_cursor(text: str, context: Context) -> str:
    """Begins where the cursor stands: no blank line first, and a body below its colon."""
    if context.place in ("line_above", "blank_line"):
        match = _LEADING_BLANK_LINES.match(text)
        if match is None:
            return text
        # The first line with text began at column 0; the cursor stands after its indentation.
        rest = text[match.end() :]
        indent = leading(rest)
        width = max(columns(indent) - columns(context.left), 0)
        return indent_of_width(width, context.unit) + rest[len(indent) :]
    opens = context.block_indent is not None and not context.has_body
    if context.place == "line_end" and opens and context.syntax.blocks == "colon":
        indent = leading(text)
        rest = text[len(indent) :]
        is_body = rest[:1] not in ("", "\n", "#")
        if is_body and columns(indent) >= max(columns(context.unit), 2):
            return "\n" + text
    return text


def _unsay(lines: list[str], first: int, context: Context) -> None:
    """Drops what the first line says again of the cursor's own indentation.

    That shows in the line below, which would be too far left if both counted.
    """
    indent = leading(lines[first])
    own = columns(context.left)
    if first or not own or not indent or context.place not in ("line_above", "blank_line"):
        return
    below = next((line for line in lines[1:] if line.strip()), None)
    if below is None or context.syntax.blocks == "none":
        return
    said, width = columns(indent), own + columns(indent)
    opens = lines[0].rstrip().endswith((":", "{"))
    second = columns(leading(below))
    if said < second <= width if opens else said == second:
        lines[0] = indent_of_width(max(said - own, 0), context.unit) + lines[0].lstrip(" \t")


def _move(lines: list[str], first: int, context: Context) -> None:
    own = context.left if first == 0 else ""
    indent = leading(lines[first])
    width = columns(own + indent)
    is_alone = not any(line.strip() for line in lines[first + 1 :])
    target = _near_level(_target(lines[first], width, is_alone, context), context)
    target = max(target, columns(own))
    delta = target - width
    if not delta:
        return
    full = indent_of_width(target, context.unit)
    lines[first] = full.removeprefix(own)[: len(full)] + lines[first][len(indent) :]
    if target <= columns(own):
        lines[first] = lines[first].lstrip(" \t")
    rest = [idx for idx in range(first + 1, len(lines)) if lines[idx].strip()]
    if not rest:
        return
    opens = lines[first].rstrip().endswith((":", "{", "(", "["))
    second = columns(leading(lines[rest[0]]))
    # The lines below moved with the first one unless they already fit its new place.
    if delta < 0:
        follows = second > width if opens else second >= width
    else:
        follows = second <= target if opens else second < target
    if not follows:
        return
    for idx in rest:
        indent = leading(lines[idx])
        if columns(indent) < width:
            return
        moved = indent_of_width(columns(indent) + delta, context.unit)
        lines[idx] = moved + lines[idx][len(indent) :]


def _target(line: str, width: int, is_alone: bool, context: Context) -> int:
    """The columns that the first line must have; `width` itself where that is not certain."""
    lexed = context.lexed
    if lexed.broken or lexed.unmatched or context.outer_indent is None:
        return width
    if context.syntax.blocks == "colon":
        if lexed.stack:
            return width
        if context.block_indent is not None:
            return _in_block(line, width, is_alone, context)
        return min(width, context.outer_indent)
    if context.syntax.blocks == "brace":
        if lexed.stack[-1:] in ("(", "["):
            return width
        text = line.strip()
        # Labels, preprocessor lines and closing brackets have places of their own.
        if text.startswith(("#", ")", "]", "}")) or text.endswith(":"):
            return width
        if context.block_indent is not None:
            return _in_block(line, width, is_alone, context)
        if _statement_above(context).endswith((";", "}")):
            return min(width, context.outer_indent)
    return width


def _near_level(width: int, context: Context) -> int:
    """Of columns that are no depth of the file, those of a depth that is one column away."""
    if context.lexed.stack[-1:] in ("(", "[") or not width % columns(context.unit):
        return width
    level = context.outer_indent if context.block_indent is None else context.block_indent
    return level if level is not None and abs(level - width) == 1 else width


def _in_block(line: str, width: int, is_alone: bool, context: Context) -> int:
    """The columns of the first line of a block, whose next line may stand deeper than one step."""
    outer, one_step = context.outer_indent or 0, context.block_indent or 0
    is_head = line.rstrip().endswith((":", "{"))
    is_free = not context.left and not context.has_body
    if outer < width <= one_step and (is_head or is_free):
        # A smaller step than elsewhere in the file is still a step.
        return width
    if not context.has_body or context.next_indent is None:
        return one_step
    # A deeper next line is either the body of the line to come, or the block's own depth.
    return one_step if is_head and is_alone else context.next_indent


def _statement_above(context: Context) -> str:
    if context.place in ("line_end", "mid_line"):
        return context.left.rstrip()
    return next((line.rstrip() for line in reversed(context.above) if line.strip()), "")
