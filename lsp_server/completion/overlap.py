"""Cuts what already stands in the document: below the cursor, on its right, or just above it."""

from __future__ import annotations

import re

from lsp_server.completion.brackets import count_faults
from lsp_server.completion.context import Context
from lsp_server.completion.layout import columns, leading
from lsp_server.completion.lexing import lex

_WORD = re.compile(r"\w")
# A line with fewer letters ("}", "else:") may well be wanted again.
_DISTINCTIVE_LETTERS = 6
_END = re.compile(r"end|done|fi|esac|</[\w:.-]+\s*>")
# What a block that is ended by a word begins with, ends with or goes on with.
_MIDDLE_OR_HEAD = re.compile(
    r"^(?:def|class|module|if|unless|while|until|for|case|begin|function|local function|do|else"
    r"|elsif|elseif|elif|when|rescue|ensure|struct|mutable|let|quote|try|catch|macro)\b"
    r"|\b(?:do|then|in|function\b.*\))(?:\s*\|.*\|)?$|=\s*(?:if|case|begin)\b"
)
_BRACKETS_AND_QUOTES = frozenset("()[]{}\"'`")


def cut_below(text: str, context: Context, is_truncated: bool = False) -> str:
    """Cuts generated whole lines that follow the cursor already.

    A distinctive line that equals the next one in the file ends the completion; others must be
    followed by the file's further lines up to their end, of which `is_truncated` text may have
    only a part.
    """
    following = [line.rstrip() for line in context.following]
    if not following:
        return text
    lines = text.split("\n")
    first_full = 0 if context.place in ("line_above", "blank_line") else 1
    for idx in range(first_full, len(lines)):
        tail = [(context.left if i == 0 else "") + lines[i] for i in range(idx, len(lines))]
        tail = [line.rstrip() for line in tail]
        if not lines[idx].strip():
            continue
        is_next = tail[0] == following[0] and _is_distinctive(tail[0])
        if (
            is_next
            or _closes_what_is_below(tail[0], lines[:idx], context)
            or _is_start([line for line in tail if line], following, is_truncated)
        ):
            return "\n".join(lines[:idx]).rstrip()
    return text


def _closes_what_is_below(line: str, said: list[str], context: Context) -> bool:
    """Whether a line ends the block that the next line in the file ends, at whatever depth.

    Only for ends in words and tags: brackets are counted elsewhere.
    """
    if not _END.fullmatch(line.strip()) or line.strip() != context.following[0].strip():
        return False
    own = [(context.left if i == 0 else "") + text for i, text in enumerate(said)]
    if context.place in ("line_end", "mid_line"):
        own[:1] = [context.left + said[0]] if said else [context.left]
    width = columns(leading(line))
    for above in reversed([*context.above, *own]):
        if above.strip() and columns(leading(above)) <= width:
            # A block that began at this depth is still open and wants an end of its own.
            return columns(leading(above)) < width or not _begins_block(above, line.strip())
    return True


def _begins_block(above: str, end: str) -> bool:
    if end.startswith("</"):
        return above.lstrip().startswith(f"<{end[2:-1].strip()}")
    return not _END.fullmatch(above.strip()) and _MIDDLE_OR_HEAD.search(above.strip()) is not None


def has_next_line(text: str, context: Context) -> bool:
    """Whether a distinctive line of the text is the next one in the file."""
    following = context.following
    if not following or not _is_distinctive(following[0]):
        return False
    lines = text.split("\n")
    if context.place in ("line_above", "blank_line"):
        lines[0] = context.left + lines[0]
    else:
        del lines[0]
    return following[0].rstrip() in (line.rstrip() for line in lines)


def cut_right(text: str, context: Context) -> str:
    """Cuts the end of a completion that stands right of the cursor on its line."""
    right = context.right.rstrip()
    if context.place != "mid_line" or not text or not right:
        return text
    lexed = context.lexed
    if lexed.mode == "string" and len(lexed.delimiter) > 1 and right.startswith(lexed.delimiter):
        # A quote before these quotes would end the string too early.
        text = text.rstrip(lexed.delimiter[0])
    trimmed = text.rstrip()
    if trimmed != text and trimmed.endswith(tuple(right[0])) and not _is_word(right[0]):
        text = trimmed
    text = _cut_at_terminator(text, context)
    for length in range(min(len(right), len(text)), 0, -1):
        common = right[:length]
        if text.endswith(common) and _is_overlap(text, common, right):
            shorter = text[:-length]
            if not _BRACKETS_AND_QUOTES.intersection(common):
                return shorter
            faults, shorter_faults = count_faults(text, context), count_faults(shorter, context)
            if faults is None or shorter_faults is None or shorter_faults < faults:
                return shorter
    return text


def _cut_at_terminator(text: str, context: Context) -> str:
    """Ends a statement where it ends: the semicolon stands on the right already."""
    if not context.right.lstrip().startswith(";") or context.lexed.stack.endswith(("(", "[")):
        return text
    for match in re.finditer(";", text):
        state = lex(text[: match.start()], context.syntax, context.lexed)
        if state.mode == "code" and len(state.stack) == len(context.lexed.stack):
            return text[: match.start()]
    return text


def drop_repeated_above(text: str, context: Context) -> str:
    """Drops a completion that only says the lines above again."""
    above = list(context.above)
    lines = text.split("\n")
    if context.place in ("line_end", "mid_line"):
        if lines[0].strip():
            return text
        above.append(context.left)
    else:
        lines[0] = context.left + lines[0]
    said = [line.rstrip() for line in lines if line.strip()]
    before = [line.rstrip() for line in above if line.strip()]
    if not said or said != before[-len(said) :]:
        return text
    return "" if len(said) > 1 or _is_distinctive(said[0]) else text


def _is_start(tail: list[str], following: list[str], is_truncated: bool) -> bool:
    if len(tail) > len(following):
        return False
    *whole, last = tail
    if whole != following[: len(whole)]:
        return False
    target = following[len(whole)]
    return last == target or (is_truncated and len(last.strip()) >= 3 and target.startswith(last))


def _is_overlap(text: str, common: str, right: str) -> bool:
    """Whether a common part is more than chance: whole words, and enough of them."""
    start, end = len(text) - len(common), len(common)
    if start and _is_word(text[start - 1]) and _is_word(common[0]):
        return False
    if end < len(right) and _is_word(common[-1]) and _is_word(right[end]):
        return False
    letters = len(_WORD.findall(common))
    if end == len(right):
        return bool(common.strip())
    return letters >= 3 or (not letters and bool(common.strip(" \t")))


def _is_word(char: str) -> bool:
    return _WORD.match(char) is not None


def _is_distinctive(line: str) -> bool:
    return len(_WORD.findall(line)) >= _DISTINCTIVE_LETTERS
