"""Cuts a completion before a bracket or quote that the document has no room for."""

from __future__ import annotations

import re
from dataclasses import replace

from lsp_server.completion.context import Context
from lsp_server.completion.lexing import CLOSER_OF, Lexed, lex
from lsp_server.completion.repetition import drop_dangling

_CLOSER = re.compile(r"[)\]}]|([\"'`])(?:\1\1)?")


def cut_surplus(text: str, context: Context) -> str:
    """The longest beginning that leaves the document's brackets and quotes no worse.

    What counts are closers with nothing to close, in the completion or after it, strings that run
    over their line and, with text on the right of the cursor, whatever keeps that text from closing
    what it closed before. Elsewhere brackets left open are no fault: more may be typed. Idempotent.
    """
    allowed = count_faults("", context)
    faults = count_faults(text, context)
    if allowed is None or faults is None or faults <= allowed:
        return text
    for cut in _cuts(text, context):
        faults = count_faults(text[:cut], context)
        if faults is None or faults > allowed:
            continue
        if context.place != "mid_line":
            return text[:cut].rstrip()
        if text[cut] in CLOSER_OF.values() or context.in_text:
            return text[:cut]
        ending = drop_dangling(text[:cut])
        # Without its line end a comment may swallow the right.
        faults = count_faults(ending, context)
        if faults is not None and faults <= allowed:
            return ending
    # No bracket or quote is to blame alone: the outline of the language misreads this text, or
    # it is half of something that has no room before the text on the right.
    return "" if context.place == "mid_line" and not context.in_text else text


def count_faults(text: str, context: Context) -> int | None:
    """Faults of the document with `text` at the cursor, None where they cannot be judged."""
    at_cursor, below = context.lexed, context.lexed_below
    is_unsure = at_cursor.broken or at_cursor.unmatched or below.broken
    if not context.syntax.judges_brackets or is_unsure or at_cursor.mode == "comment":
        return None
    after = lex(text + context.right, context.syntax, at_cursor)
    faults = len(after.unmatched) + after.broken
    plain = lex(context.right, context.syntax, at_cursor)
    hides_right = context.place == "mid_line" and _hides_right(text, context)
    if after.mode == "string":
        is_long = after.delimiter in context.syntax.long_quotes
        if is_long and at_cursor.mode == "code":
            # A long string just begun goes on in the next completion, unless it swallows the right.
            return faults + hides_right
        if is_long:
            return faults + (replace(plain, stack="") != replace(after, stack=""))
        faults += 1
    n_surplus, n_open = _meet(after, below)
    if context.place == "mid_line":
        faults += max(n_open - _meet(plain, below)[1], 0) + hides_right
    return faults + n_surplus


def _meet(after: Lexed, below: Lexed) -> tuple[int, int]:
    """How many closers below find no opener, and how many brackets stay open."""
    stack, n_surplus = list(after.stack), 0
    for closer in below.unmatched:
        if stack and CLOSER_OF[stack[-1]] == closer:
            stack.pop()
        else:
            n_surplus += 1
    return n_surplus, len(stack)


def _hides_right(text: str, context: Context) -> bool:
    """Whether the text ends in a comment or long string that makes no code of the right."""
    if context.lexed.mode != "code" or context.right.lstrip().startswith(
        context.syntax.line_comments
    ):
        return False
    state = lex(text, context.syntax, context.lexed)
    is_long = state.delimiter in context.syntax.long_quotes
    return state.mode == "comment" or (state.mode == "string" and is_long)


def _cuts(text: str, context: Context) -> list[int]:
    """Where the text may end, best first: before closers and quotes, then at outer commas."""
    closers = [match.start() for match in _CLOSER.finditer(text)]
    if context.place != "mid_line" or context.in_text:
        return closers[::-1]
    openers = (
        *context.syntax.line_comments,
        *(opener for opener, _ in context.syntax.block_comments),
    )
    comments = [
        match.start() for opener in openers for match in re.finditer(re.escape(opener), text)
    ]
    depth = len(context.lexed.stack)
    commas = []
    for match in re.finditer(",", text):
        state = lex(text[: match.start()], context.syntax, context.lexed)
        if state.mode == "code" and len(state.stack) == depth:
            commas.append(match.start())
    return sorted({*closers, *comments, *commas}, reverse=True)
