"""Puts the lines of a completion at depths that the structure of the text allows.

A prompt that ends in blanks ends in a token that, between other tokens, stands for one column more:
a word takes the blank before it into its own token. The model reads its first line as one column
deeper than it stands and writes all others there. That cannot be mended in the prompt, where models
complete worse without those blanks, so it is mended line by line here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lsp_server.completion.context import KEYWORD_BLOCK, Context
from lsp_server.completion.layout import columns, indent_of_width, leading
from lsp_server.completion.lexing import lex
from lsp_server.completion.syntax import PLAIN

_COMMENT_AT_END = re.compile(r"\s(?:#|//|--).*$")


@dataclass(frozen=True, slots=True)
class _Level:
    """Columns at which the model wrote lines of one depth, and those at which they belong."""

    said: int
    fitted: int


def fit_levels(lines: list[str], first: int, context: Context) -> None:
    """Moves the lines below the first one in place; what each gets does not depend on later ones.

    Lines in strings stay, and lines in brackets move with the line that opened them.
    """
    own = context.left if first == 0 and context.place in ("line_above", "blank_line") else ""
    state = lex("".join(line + "\n" for line in lines[:first]), context.syntax, context.lexed)
    width = columns(own + leading(lines[first]))
    levels = [_Level(width, width)]
    above, head = levels[0], lines[first]
    depth = len(state.stack)
    state = lex(lines[first] + "\n", context.syntax, state)
    for idx in range(first + 1, len(lines)):
        line = lines[idx]
        if not line.strip():
            continue
        if state.mode == "code":
            indent = leading(line)
            said = columns(indent)
            if _is_continued(state.stack, depth, head, context):
                fitted = max(said + above.fitted - above.said, 0)
            else:
                above = _level(said, line, above, head, levels, context)
                fitted = above.fitted
                if not line.lstrip().startswith(context.syntax.line_comments or ("\0",)):
                    head, depth = line, len(state.stack)
            if fitted != said:
                lines[idx] = indent_of_width(fitted, context.unit) + line[len(indent) :]
            if state.stack and len(state.stack) > depth:
                head = line
        state = lex(line + "\n", context.syntax, state)


def _is_continued(stack: str, depth: int, head: str, context: Context) -> bool:
    if head.endswith("\\"):
        return True
    if context.syntax.blocks == "colon":
        return bool(stack)
    return len(stack) > depth and stack[-1] in "(["


def _level(
    said: int, line: str, above: _Level, head: str, levels: list[_Level], context: Context
) -> _Level:
    """The depth of a line below `head`, which is at `above`; `levels` holds those still open."""
    unit, is_colon = columns(context.unit), context.syntax.blocks == "colon"
    opens = _opens(head, context)
    if opens and (said > above.said or (is_colon and said == above.said)):
        step = said - above.said
        fits = abs(step - unit) != 1 and step > 0
        level = _Level(said, above.fitted + (step if fits else unit))
        if said == above.said:
            levels.append(_Level(said, above.fitted))
        levels.append(level)
        return level
    if said > above.said:
        is_same = is_colon or _is_at_same_depth(said, line, above, head, unit, context)
        level = _Level(said, above.fitted if is_same else said + above.fitted - above.said)
        levels.append(level)
        return level
    deeper = above
    while len(levels) > 1 and levels[-1].said > said:
        deeper = levels.pop()
    level = levels[-1]
    if level.said == said:
        return level
    if said > level.said:
        if deeper.said - said == 1 and said - level.said > 1:
            return deeper
        if is_colon or said - level.said == 1:
            return level
    elif level.said - said == 1 and said % unit:
        return level
    return _Level(said, said)


def _is_at_same_depth(
    said: int, line: str, above: _Level, head: str, unit: int, context: Context
) -> bool:
    if context.syntax.blocks == "brace" and head.rstrip().endswith((";", "}")):
        return not line.lstrip().startswith(".")
    is_prose = context.syntax == PLAIN
    return said - above.said == 1 and said % unit != 0 and not is_prose


def _opens(head: str, context: Context) -> bool:
    code = _COMMENT_AT_END.sub("", head).rstrip()
    if context.syntax.blocks == "colon":
        return code.endswith(":")
    if context.syntax.blocks == "keyword":
        return KEYWORD_BLOCK.search(code.strip()) is not None
    return code.endswith((":", "{", "(", "["))
