"""At which of its ends a part of a script stands inside of a bracket or a string of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tree_sitter import Node

from analyzers.finding import Span
from analyzers.javascript.grammars import Parsed

_DEPTHS: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_AROUND_STATEMENTS: Final = frozenset({"program", "statement_block"})
# With a slash it might be a kind of answer, or hold code.
_PLAIN: Final = re.compile(rb"//[^/\r\n`]*")
# What is cut in one of these makes other words of what stands behind it.
_TEXTS: Final = frozenset({"template_string", "regex", "comment", "html_comment"})


def open_ends(parsed: Parsed, part: Span, ends: Sequence[int]) -> list[bool]:
    """Whether the text surely is no script any more, if the part ends at each of these.

    The whole is one. A beginning with other brackets open than the whole leaves the rest of the
    text with one too many or too few, and a line does not go on behind a string that has no end.

    part: the bytes of the part; the ends are such too, in order.
    """
    nodes = list(_within(parsed.tree.root_node, part))
    rest = parsed.data[part.end :]
    if any(_is_of_text(node) for node in nodes) or rest.lstrip().startswith(b"/"):
        return [False] * len(ends)
    brackets = [
        (node.end_byte, _DEPTHS[node.type])
        for node in nodes
        if node.type in _DEPTHS and node.start_byte >= part.start
    ]
    whole = sum(depth for _, depth in brackets)
    line = rest.partition(b"\n")[0]
    found: list[bool] = []
    for end in ends:
        cut = [node for node in nodes if node.start_byte < end < node.end_byte]
        if any(node.type in _TEXTS for node in cut):
            found.append(False)
            continue
        string = next((node for node in cut if node.type == "string"), None)
        if string is not None:
            mark = parsed.data[string.start_byte : string.start_byte + 1]
            is_last = parsed.data[end - 1 : end] != b"\\" and mark not in line
            found.append(is_last and string.start_byte >= part.start)
            continue
        found.append(sum(depth for at, depth in brackets if at <= end) != whole)
    return found


def _is_of_text(node: Node) -> bool:
    """Whether braces around or in the node are a matter of more than code."""
    return node.type.startswith("jsx_") or node.type == "template_substitution"


def _within(root: Node, part: Span) -> Iterator[Node]:
    """All nodes that have something of a part, from without to within and in order."""
    cursor = root.walk()
    goes_down = True
    while True:
        if goes_down:
            assert cursor.node is not None
            yield cursor.node
            moved = cursor.goto_first_child_for_byte(part.start) is not None
        else:
            moved = False
        moved = moved or cursor.goto_next_sibling()
        goes_down = moved and _begins_before(cursor.node, part.end)
        if not goes_down and not cursor.goto_parent():
            return


def _begins_before(node: Node | None, end: int) -> bool:
    return node is not None and node.start_byte < end


def cut_comments(parsed: Parsed, ends: Sequence[int]) -> list[int | None]:
    """Where the comment begins that each of these ends cuts, None where it cuts none.

    Only what stands between statements, up to the end of its line: nothing else depends on how much
    of it there is. A rule that takes a word in it for a check does so for good.
    """
    return [_cut_comment(parsed, end) for end in ends]


def _cut_comment(parsed: Parsed, end: int) -> int | None:
    node = parsed.tree.root_node.descendant_for_byte_range(end - 1, end)
    if node is None or node.type != "comment" or node.start_byte + 2 > end:
        return None
    is_between = node.parent is not None and node.parent.type in _AROUND_STATEMENTS
    is_plain = _PLAIN.fullmatch(parsed.data[node.start_byte : node.end_byte]) is not None
    return node.start_byte if is_between and is_plain else None
