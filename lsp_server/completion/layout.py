"""How a document is laid out: its line ends and its indentation.

Inside the completion every text has "\\n" line ends; the document's own come back at the very end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from lsp_server.completion.syntax import Syntax

TAB_COLUMNS = 4
_LINE_END = re.compile(r"\r\n|\r|\n")
# Enough lines to judge by; a long document is not read whole on each keystroke.
_LINES_JUDGED = 600


def to_lf(text: str) -> str:
    """The text with every line end as "\\n"; idempotent."""
    return _LINE_END.sub("\n", text) if "\r" in text else text


def detect_eol(text: str) -> str:
    """The line end that the document uses most, "\\n" where there is none."""
    crlf = text.count("\r\n")
    counts = {"\n": text.count("\n") - crlf, "\r\n": crlf, "\r": text.count("\r") - crlf}
    best = max(counts, key=lambda eol: counts[eol])
    return best if counts[best] else "\n"


def leading(line: str) -> str:
    """The blanks and tabs that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def columns(indent: str) -> int:
    """The width of an indentation; a tab goes on to the next multiple of four."""
    return len(indent.expandtabs(TAB_COLUMNS))


def detect_unit(above: Sequence[str], below: Sequence[str], syntax: Syntax) -> str:
    """One step of indentation: a tab, or so many blanks as the document's lines step by."""
    lines = [line for line in (*above[-_LINES_JUDGED:], *below[:_LINES_JUDGED]) if line.strip()]
    tabs = sum(line[0] == "\t" for line in lines)
    spaces = sum(line.startswith("  ") for line in lines)
    if tabs > spaces:
        return "\t"
    if not spaces:
        return syntax.default_indent
    opens = {"colon": (":",), "brace": ("{",)}.get(syntax.blocks)
    steps: Counter[int] = Counter()
    for above_line, line in pairwise(lines):
        indent = leading(line)
        step = len(indent) - len(leading(above_line))
        # One blank is the margin of a block comment, and a line that continues another is
        # aligned, not indented.
        is_block = opens is None or above_line.rstrip().endswith(opens)
        if is_block and "\t" not in indent and 2 <= step <= 8:
            steps[step] += 1
    if steps:
        return " " * max(steps, key=lambda step: (steps[step], -step))
    return syntax.default_indent if syntax.default_indent != "\t" else " " * TAB_COLUMNS


def indent_of_width(width: int, unit: str) -> str:
    """An indentation `width` columns wide in the document's own characters."""
    if unit == "\t":
        return "\t" * (width // TAB_COLUMNS) + " " * (width % TAB_COLUMNS)
    return " " * width


def convert_indent(indent: str, unit: str) -> str:
    """The indentation of a generated line in the document's characters; idempotent."""
    if unit == "\t":
        blanks = len(indent) - len(indent.lstrip(" "))
        return indent_of_width(blanks, "\t") + indent[blanks:] if blanks >= 2 else indent
    if "\t" not in indent:
        return indent
    return indent.replace("\t", unit)
