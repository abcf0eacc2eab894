"""Whether a script may hold anything that a client or a page writes, without following data.

`analyzers.javascript.origin` knows by paths: each has its first name and its last one in the text,
however the script comes by them, and one of the two is read of the other or the first is given
another name. So what is denied here is not found there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from analyzers.finding import Span
from analyzers.javascript.grammars import Parsed
from analyzers.javascript.handlers import MAY_HANDLE
from analyzers.javascript.sources import DECORATORS, OF_REQUEST, PATHS

_MESSAGE: Final = re.compile(rb"""["']message["']|onmessage""")
_MARKED: Final = re.compile(f"@(?:{'|'.join(sorted(DECORATORS))})".encode())
_HOLDERS: Final = tuple(name.encode() for name in OF_REQUEST)
_NAMES: Final = frozenset(
    {"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern",
     "property_identifier"}
)  # fmt: skip
# The request of a context is a property of it.
_AS_PROPERTIES: Final = frozenset({"req", "_req", "request"})
# Around a name, none of these is a name for what it stands for, nor reads a property of it.
_HARMLESS: Final = frozenset(
    {"formal_parameters", "required_parameter", "optional_parameter", "binary_expression",
     "unary_expression", "array", "return_statement", "new_expression", "call_expression",
     "object", "if_statement", "ternary_expression"}
)  # fmt: skip
_HIDES: Final = re.compile(rb"`|/\*|\$\{|</|/>")
_SEAM: Final = 80


def may_be_foreign(parsed: Parsed, inserted: Span) -> bool:
    """Whether something may come from a client or a page, in a text or in one with less of a part.

    inserted: the bytes of the part, of which any name may end early.
    """
    data, whole = parsed.data, parsed.tree.root_node
    # A comment, a template or an element that is cut changes what stands below.
    taken = data[inserted.start : inserted.end]
    is_plain = not (whole.has_error or _HIDES.search(taken))
    line_end = data.find(b"\n", inserted.end)
    near = Span(
        max(inserted.start - _SEAM, 0),
        max(inserted.end + _SEAM, len(data) if line_end < 0 else line_end),
    )
    # Where the text before the part meets what is behind it, a word may arise that neither has.
    met = data[near.start : inserted.start] + data[inserted.end : near.end]
    if b"message" in data and b"data" in data and _MESSAGE.search(data + met):
        return True
    if b"@" in data and _MARKED.search(data + met):
        return True

    if any(holder in data for holder in _HOLDERS) and MAY_HANDLE.search(data + met):
        return True

    def may_count(at: int, root: str) -> bool:
        if not is_plain or near.start <= at < near.end:
            return True
        return _leads(whole.descendant_for_byte_range(at, at + len(root)), at, root)

    return any(may_count(at, "location") for at in _places(data, b"location")) or any(
        any(holder.encode() in data for holder in holders)
        and any(may_count(at, root) for at in _places(data, root.encode()))
        for root, holders in PATHS.items()
    )


def _places(data: bytes, word: bytes) -> Iterator[int]:
    """Where a name stands that is this word, or begins with it."""
    at = data.find(word)
    while at >= 0:
        if not data[max(at - 1, 0) : at].isalpha() and not data[at + len(word) :][:1].isalpha():
            yield at
        at = data.find(word, at + 1)


def _leads(node: Node | None, at: int, root: str) -> bool:
    """Whether data from outside may be read by way of the name that stands there."""
    if node is None or node.type not in _NAMES or node.start_byte != at:
        return False
    if node.end_byte - at != len(root):
        return False
    above = node.parent
    if node.type == "property_identifier" and root not in _AS_PROPERTIES:
        return False
    if root == "location" or above is None:
        return True
    if above.type == "member_expression" and node.type == "identifier":
        read = above.child_by_field_name("property")
        return read is None or read.text is None or read.text.decode() in PATHS[root]
    if above.type in ("variable_declarator", "assignment_expression"):
        # The name is given another meaning there, or is one for another name.
        field = "value" if above.type == "variable_declarator" else "right"
        value = above.child_by_field_name(field)
        return value is not None and value.end_byte >= node.end_byte and value.start_byte <= at
    if above.type == "arguments" and above.parent is not None:
        called = above.parent.child_by_field_name("function")
        return called is not None and (called.text or b"").endswith(b"promisify")
    return node.type == "property_identifier" or above.type not in _HARMLESS
