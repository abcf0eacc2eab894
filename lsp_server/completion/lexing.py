"""A tolerant scan for what a bracket counter must not be fooled by: strings and comments.

It reads any text from any state and never raises. What it cannot know (regular expression
literals, text between tags) shows as a string that its line did not close or a closer that matches
nothing; callers read those two counts as "unsure".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lsp_server.completion.syntax import Syntax

Mode = Literal["code", "comment", "string"]

CLOSER_OF = {"(": ")", "[": "]", "{": "}"}
CLOSERS = frozenset(CLOSER_OF.values())


@dataclass(frozen=True, slots=True)
class Lexed:
    """Where a scan ended.

    `delimiter` closes the string or block comment that is open, and is "\\n" for a line comment.
    `stack` holds the open brackets, outermost first; `unmatched` the closers that met no opener of
    their kind; `broken` counts strings that their line did not close.
    """

    mode: Mode = "code"
    delimiter: str = ""
    stack: str = ""
    unmatched: str = ""
    broken: int = 0


@dataclass(slots=True)
class LineMark:
    """Of one line: the depth at its start, its lowest depth, and what its start lies in."""

    depth: int
    low: int
    starts_in: Mode


def lex(text: str, syntax: Syntax, start: Lexed | None = None) -> Lexed:
    """Scans `text` and says in what state it ends."""
    return _scan(text, syntax, start or Lexed(), [])


def lex_lines(text: str, syntax: Syntax) -> tuple[Lexed, list[LineMark]]:
    """Scans `text` from its start and also marks each of its lines."""
    marks: list[LineMark] = []
    return _scan(text, syntax, Lexed(), marks), marks


def _scan(text: str, syntax: Syntax, start: Lexed, marks: list[LineMark]) -> Lexed:
    token = _token_pattern(syntax)
    comment_ends = dict(syntax.block_comments)
    mode, delimiter = start.mode, start.delimiter
    stack, unmatched, broken = list(start.stack), list(start.unmatched), start.broken
    marks.append(LineMark(len(stack), len(stack), mode))

    def skip_to(end: int) -> None:
        """Marks the lines that begin inside the string or comment just passed."""
        marks.extend(
            LineMark(len(stack), len(stack), mode) for _ in range(text.count("\n", pos, end))
        )

    pos = 0
    while pos < len(text):
        if mode == "code":
            match = token.search(text, pos)
            if match is None:
                break
            pos = match.end()
            kind, found = match.lastgroup, match.group()
            if kind == "newline":
                marks.append(LineMark(len(stack), len(stack), "code"))
            elif kind == "comment":
                mode = "comment"
                delimiter = comment_ends.get(found, "\n")
            elif kind == "quote":
                mode, delimiter = "string", found
            elif kind == "open":
                stack.append(found)
            elif kind == "close":
                if stack and CLOSER_OF[stack[-1]] == found:
                    stack.pop()
                    marks[-1].low = min(marks[-1].low, len(stack))
                else:
                    unmatched.append(found)
        elif mode == "comment":
            end = text.find(delimiter, pos)
            if end < 0:
                skip_to(len(text))
                break
            # The newline that ends a line comment is left to the code after it.
            stop = end if delimiter == "\n" else end + len(delimiter)
            skip_to(stop)
            pos, mode, delimiter = stop, "code", ""
        else:
            match = _string_end(delimiter, delimiter in syntax.long_quotes).match(text, pos)
            if match is None:
                skip_to(len(text))
                break
            is_broken = match.group(1) == "\n"
            stop = match.start(1) if is_broken else match.end()
            skip_to(stop)
            broken += is_broken
            pos, mode, delimiter = stop, "code", ""
    return Lexed(mode, delimiter, "".join(stack), "".join(unmatched), broken)


@lru_cache(maxsize=64)
def _token_pattern(syntax: Syntax) -> re.Pattern[str]:
    comments = (*(opener for opener, _ in syntax.block_comments), *syntax.line_comments)
    quotes = sorted((*syntax.long_quotes, *syntax.quotes), key=len, reverse=True)
    parts = [r"(?P<newline>\n)"]
    if comments:
        parts.append(f"(?P<comment>{'|'.join(map(re.escape, comments))})")
    if syntax.char_literals:
        parts.append(r"(?P<char>'(?:\\[^\n']{1,9}|\\'|[^\\'\n])')")
    if syntax.regex_literals:
        after_operator = r"(?:(?<=[(,=:\[!&|?{};])|(?<=[(,=:\[!&|?{};] )|(?<=return ))"
        body = r"(?:\\[^\n]|\[(?:\\[^\n]|[^\]\\\n])*\]|[^/\\\n\[*])"
        parts.append(rf"(?P<regex>{after_operator}/{body}(?:{body}|\*)*/)")
    if quotes:
        parts.append(f"(?P<quote>{'|'.join(map(re.escape, quotes))})")
    parts += [r"(?P<open>[(\[{])", r"(?P<close>[)\]}])"]
    return re.compile("|".join(parts))


@lru_cache(maxsize=32)
def _string_end(delimiter: str, is_long: bool) -> re.Pattern[str]:
    """Group 1 is what ends the string: its delimiter, or the newline that breaks a short one."""
    quote = re.escape(delimiter)
    if is_long:
        return re.compile(rf"(?:\\[\s\S]|(?!{quote})[^\\])*+({quote})")
    return re.compile(rf"(?:\\[\s\S]|(?!{quote})[^\\\n])*+({quote}|\n)")
