"""Half-typed and cut-out Python, made parseable without moving a character of what is kept.

Lines are never changed but by being left out as a whole: dummy blocks stand for the indents around
a fragment, open blocks get a body, open brackets are closed, and a line at which the parser stops
is blanked. So every line that was read has its own number and columns.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from evals.security.finding import Span, line_starts, split_lines

MOST_UNREAD_LINES = 12

_HANDLER = re.compile(r"(except|finally)\b")
_HEAD = re.compile(r"(async|class|def|elif|else|except|finally|for|if|try|while|with)\b")
_IMPORT = re.compile(r"(import\s+[\w.]+(\s+as\s+\w+)?|from\s+[\w.]+\s+import\s+[\w, ]+)\s*(#.*)?$")
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_TOKEN = re.compile(
    r"#[^\n]*"
    r'|"{3}(?:[^\\]|\\.)*?(?:"{3}|\Z)|\'{3}(?:[^\\]|\\.)*?(?:\'{3}|\Z)'
    r'|"(?:[^"\\\n]|\\.)*"?|\'(?:[^\'\\\n]|\\.)*\'?'
    r"|[()\[\]{}]",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the repaired text; `number` is that of the original, None for what was added."""

    text: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Repaired:
    """Parseable text. `numbers[i]` is the original number of its line i + 1, None if added."""

    text: str
    numbers: tuple[int | None, ...]
    n_unread_lines: int


def parses(text: str) -> SyntaxError | None:
    """None if `text` is Python for this interpreter; otherwise where the parser stopped.

    Raises:
        ValueError: it holds what no Python source may, such as NUL.
        RecursionError, MemoryError: it is nested too deeply.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return error
    return None


def repair(text: str, span: Span | None) -> Repaired | None:
    """The whole text repaired, with at most `MOST_UNREAD_LINES` lines left out, none of the span.

    Raises:
        ValueError, RecursionError, MemoryError: as `parses`.
    """
    lines = _numbered(text)
    return _repair(lines, _lines_of(text, span))


def cut_out(text: str, span: Span) -> Repaired | None:
    """The lines of the span alone, below the document's imports of whole lines.

    Raises:
        ValueError, RecursionError, MemoryError: as `parses`.
    """
    lines, kept = _numbered(text), _lines_of(text, span)
    imports = [
        Line(line.text, line.number)
        for line in lines
        if line.number not in kept and _IMPORT.match(line.text)
    ]
    inside = _repair([line for line in lines if line.number in kept], kept)
    if inside is None:
        return None
    above = "".join(_ended(line.text) for line in imports)
    return Repaired(
        above + inside.text,
        (*(line.number for line in imports), *inside.numbers),
        len(lines) - len(imports) - len(kept),
    )


def _numbered(text: str) -> list[Line]:
    return [Line(line, i) for i, line in enumerate(split_lines(text), start=1)]


def _lines_of(text: str, span: Span | None) -> frozenset[int]:
    """The numbers of the lines that hold a character of the span that is no white space."""
    if span is None:
        return frozenset()
    lines = split_lines(text)
    return frozenset(
        number
        for number, (line, start) in enumerate(
            zip(lines, line_starts(lines), strict=False), start=1
        )
        if line[max(span.start - start, 0) : max(span.end - start, 0)].strip()
    )


def _repair(lines: Sequence[Line], kept: frozenset[int]) -> Repaired | None:
    unread: set[int] = set()
    code = {line.number for line in lines if _is_code(line.text)}
    while not code <= unread:  # Nothing left is nothing read.
        built = _close(_blocks([_without(line, unread) for line in lines]))
        text = "".join(_ended(line.text) for line in built)
        error = parses(text)
        if error is None:
            return Repaired(text, tuple(line.number for line in built), len(unread))
        if len(unread) == MOST_UNREAD_LINES:
            return None
        stopped = built[min(max((error.lineno or 1) - 1, 0), len(built) - 1)].number
        victim = _victim(lines, kept | unread, stopped)
        if victim is None:
            return None
        unread.add(victim)
    return None


def _victim(lines: Sequence[Line], taken: frozenset[int], stopped: int | None) -> int | None:
    """The line to leave out next: where the parser stopped, or the nearest one above or below."""
    free = [
        line.number
        for line in lines
        if line.number is not None and line.number not in taken and line.text.strip()
    ]
    at = stopped or lines[-1].number or 1
    return min(free, key=lambda number: (abs(number - at), number), default=None)


def _without(line: Line, unread: set[int]) -> Line:
    if line.number not in unread:
        return line
    # What was the head of a block stays one, for the sake of the block.
    body = "if True:" if line.text.split("#")[0].rstrip().endswith(":") else ""
    return Line(f"{_indent(line.text)}{body}\n", line.number)


def _blocks(lines: Sequence[Line]) -> list[Line]:
    """With dummy heads for the indents around, and a body or an end for blocks that lack one."""
    code = [line.text for line in lines if _is_code(line.text)]
    following = iter([*code[1:], None])
    built: list[Line] = [Line(text, None) for text in _heads(code)]
    tries: list[str] = []  # The indents of those that still lack a handler.
    for line in lines:
        if not _is_code(line.text):
            built.append(line)
            continue
        indent, words = _indent(line.text), line.text.strip()
        while tries and len(indent) <= len(tries[-1]):
            opened = tries.pop()
            if indent == opened and _HANDLER.match(words):
                break
            built.append(Line(f"{opened}finally: pass\n", None))
        built.append(line)
        if re.match(r"try\s*:", words):
            tries.append(indent)
        below = next(following)
        has_body = below is not None and len(_indent(below)) > len(indent)
        if _HEAD.match(words) and words.split("#")[0].rstrip().endswith(":") and not has_body:
            built.append(Line(f"{indent} pass\n", None))
    built += [Line(f"{opened}finally: pass\n", None) for opened in reversed(tries)]
    return built


def _heads(code: Sequence[str]) -> list[str]:
    """Dummy blocks for the first line's indent and for each smaller one that the text falls to."""
    if not code:
        return []
    first = _indent(code[0])
    falls: dict[str, str] = {}
    lowest = first
    for line in code:
        indent = _indent(line)
        if len(indent) < len(lowest):
            lowest = indent
            falls[indent] = "try:" if _HANDLER.match(line.strip()) else "if True:"
    if first and "" not in falls:
        falls[""] = "if True:"
    return [f"{indent}{falls[indent]}\n" for indent in sorted(falls, key=len)]


def _close(lines: list[Line]) -> list[Line]:
    """With the brackets and the string closed that are open at the very end."""
    text = "".join(_ended(line.text) for line in lines)
    stack: list[str] = []
    quote = ""
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token[0] in _BRACKETS:
            stack.append(_BRACKETS[token[0]])
        elif token[0] in ")]}":
            if stack and stack[-1] == token[0]:
                stack.pop()
        elif match.end() >= len(text.rstrip("\n")) and token[0] in "\"'":
            marks = token[:3] if token[:3] in ('"""', "'''") else token[0]
            is_closed = len(token) >= 2 * len(marks) and token.endswith(marks)
            quote = "" if is_closed else marks
    if not stack and not quote:
        return lines
    at = max((i for i, line in enumerate(lines) if _is_code(line.text)), default=None)
    if at is None:
        return lines
    # Closed on its own line where a comment or line end does not swallow it.
    ending = quote + "".join(reversed(stack))
    last = lines[at]
    closed = last.text.rstrip("\r\n") + ending if quote else last.text
    closing = [] if quote else [Line(ending + "\n", None)]
    return [
        *lines[:at],
        Line(closed + "\n" if quote else closed, last.number),
        *closing,
        *lines[at + 1 :],
    ]


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _ended(line: str) -> str:
    return line if line.endswith(("\n", "\r")) else line + "\n"
