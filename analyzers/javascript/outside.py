"""What enters a script from outside by a name or a property."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tree_sitter import Node

from analyzers.javascript import sources
from analyzers.javascript.bindings import FUNCTIONS
from analyzers.javascript.checks import is_checked
from analyzers.javascript.provenance import CLEAN, UNKNOWN, Origin
from analyzers.javascript.script import ScriptCode

if TYPE_CHECKING:
    from analyzers.javascript.origin import Origins


def of_member(known: Origins, node: Node, clean: frozenset[str], depth: int) -> Origin:
    """Where a property or an item comes from."""
    last = node.child_by_field_name("property")
    if last is not None and known.code.source(last) in ("length", "size", "byteLength"):
        return CLEAN
    read = read_from_outside(known, node)
    if read is not None:
        return CLEAN if is_checked(known.code, known.code.source(node), node) else read
    path = known.paths.of(node)
    if path is not None and sources.CONFIGURED.search(path):
        return CLEAN
    inner = node.child_by_field_name("object")
    if inner is None:
        return UNKNOWN
    origin = known.of(inner, clean, depth)
    return UNKNOWN if origin.kind == "clean" and inner.type == "this" else origin


def read_from_outside(known: Origins, node: Node) -> Origin | None:
    """Where a path comes from that enters the script just there; None for others."""
    path = known.paths.of(node)
    if path is None:
        return None
    if sources.REMOTE.search(path):
        if sources.STORED.search(path):
            return CLEAN
        is_whole = path.rpartition(".")[2] in sources.HOLDERS
        return Origin("remote", node, is_whole)
    root = path.partition(".")[0]
    if sources.PAGE.search(path) and not known.bindings.is_bound(root, node.start_byte):
        return Origin("page", node)
    if sources.LOCAL.search(path):
        return Origin("local", node)
    if path.endswith(".data") and _is_message(known.code, node):
        return Origin("page", node)
    return None


def _is_message(code: ScriptCode, node: Node) -> bool:
    """Whether this is the `data` of what another window sent."""
    above = node.parent
    while above is not None and above.type not in FUNCTIONS:
        above = above.parent
    around = None if above is None else above.parent
    if around is None or above is None or above.type == "program":
        return False
    if around.type == "assignment_expression":
        left = around.child_by_field_name("left")
        return left is not None and code.source(left).endswith("onmessage")
    head = code.data[around.start_byte : above.start_byte]
    return around.type == "arguments" and re.match(rb"""\(\s*["']message["']""", head) is not None
