"""Cuts a completion before a bracket or quote that the document has no room for."""

from __future__ import annotations

import re
from dataclasses import replace

from lsp_server.completion.context import Context
from lsp_server.completion.lexing import CLOSER_OF, lex

_CLOSER = re.compile(r"[)\]}\"'`]")


def cut_surplus(text: str, context: Context) -> str:
    """The longest beginning that leaves the document's brackets and quotes no worse.

    What counts are closers with nothing to close, in the completion or after it, and strings that
    run over their line. Brackets left open are no fault: more may be typed. Idempotent.
    """
    allowed = count_faults("", context)
    faults = count_faults(text, context)
    if allowed is None or faults is None or faults <= allowed:
        return text
    cuts = [match.start() for match in _CLOSER.finditer(text)]
    for cut in reversed(cuts):
        faults = count_faults(text[:cut], context)
        if faults is not None and faults <= allowed:
            return text[:cut].rstrip() if context.place != "mid_line" else text[:cut]
    # No bracket or quote is to blame alone: the outline of the language misreads this text.
    return text


def count_faults(text: str, context: Context) -> int | None:
    """Faults of the document with `text` at the cursor, None where they cannot be judged."""
    at_cursor, below = context.lexed, context.lexed_below
    is_unsure = at_cursor.broken or at_cursor.unmatched or below.broken
    if not context.syntax.judges_brackets or is_unsure or at_cursor.mode == "comment":
        return None
    after = lex(text + context.right, context.syntax, at_cursor)
    faults = len(after.unmatched) + after.broken
    if after.mode == "string":
        is_long = after.delimiter in context.syntax.long_quotes
        if is_long and at_cursor.mode == "code":
            # A long string just begun goes on in the next completion.
            return faults
        if is_long:
            plain = lex(context.right, context.syntax, at_cursor)
            return faults + (replace(plain, stack="") != replace(after, stack=""))
        faults += 1
    stack = list(after.stack)
    for closer in below.unmatched:
        if stack and CLOSER_OF[stack[-1]] == closer:
            stack.pop()
        else:
            faults += 1
    return faults
