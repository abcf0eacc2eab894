"""Takes a function that was written into another one's body to the depth of its siblings."""

from __future__ import annotations

import re

from lsp_server.completion.context import Context
from lsp_server.completion.layout import columns, leading
from lsp_server.completion.parsing import Surroundings, shift

_DEFINITION = re.compile(r"(?:async\s+)?def\b|class\b|@")
_METHOD = re.compile(
    r"(?:async\s+)?def\s+\w+\(\s*(?:self|cls)\b|@(?:property|classmethod|staticmethod|\w+\.setter)\b"
)


def to_siblings(text: str, raw: str, context: Context, around: Surroundings | None) -> str | None:
    """The text at the depth where it belongs; None where that would need an edit elsewhere.

    raw: what the model wrote, whose indentation tells a method from a function in a function.
    """
    depth = _depth_of_siblings(text, raw, context)
    if depth is None:
        return text
    own, lines = columns(context.left), _first_definition(text.split("\n"))
    width = columns(context.left + leading(lines[0]))
    is_end = context.next_indent is None or context.next_indent <= depth
    if context.place != "blank_line" or not is_end:
        return None
    if own > depth:
        # The cursor's own line stays blank, as between two functions.
        moved = "\n" + shift(lines, depth - width, 0, context)
    else:
        moved = shift(lines, depth - width, own, context)
    return moved if around is None or around.parse_with(moved) else None


def _depth_of_siblings(text: str, raw: str, context: Context) -> int | None:
    lines = [line for line in text.split("\n") if line.strip()]
    is_whole = context.place in ("blank_line", "line_above") and text == text.lstrip("\n")
    if not lines or not is_whole or context.in_text or not context.syntax.is_python:
        return None
    if not _DEFINITION.match(lines[0].strip()):
        return None
    width = columns(context.left + leading(lines[0]))
    outer = _enclosing(width, context)
    idx = next((i for i, (_, line) in enumerate(outer) if _is_function(line)), None)
    if idx is None:
        return None
    depth = outer[idx][0]
    is_in_class = idx + 1 < len(outer) and outer[idx + 1][1].startswith("class")
    if is_in_class and _METHOD.match(lines[0].strip()):
        return depth
    said = [line for line in raw.split("\n") if line.strip()]
    if len(lines) > 1 and len(said) > 1 and lines[0].rstrip().endswith(":"):
        second = columns(leading(said[1]))
        return depth if depth < second <= columns(context.left) else None
    return None


def _enclosing(width: int, context: Context) -> list[tuple[int, str]]:
    """Columns and text of the lines that the place is inside of, innermost first."""
    found = []
    for line in reversed(context.above):
        if line.strip() and not line.lstrip().startswith("#") and columns(leading(line)) < width:
            width = columns(leading(line))
            found.append((width, line.strip()))
    return found


def _is_function(line: str) -> bool:
    return re.match(r"(?:async\s+)?def\b", line) is not None


def _first_definition(lines: list[str]) -> list[str]:
    """The lines up to the next definition that is no part of the first one."""
    has_head = False
    for idx, line in enumerate(lines):
        if _DEFINITION.match(line.strip()):
            if has_head:
                return _without_blank_end(lines[:idx])
            has_head = not line.strip().startswith("@")
    return lines


def _without_blank_end(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines
