"""Where what a call gives back comes from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tree_sitter import Node

from analyzers.javascript import own_functions, sources
from analyzers.javascript.outside import read_from_outside
from analyzers.javascript.provenance import CLEAN, UNKNOWN, Origin

if TYPE_CHECKING:
    from analyzers.javascript.origin import Origins


def of_call(known: Origins, node: Node, clean: frozenset[str], depth: int) -> Origin:
    """Where what a call gives back comes from."""
    is_new = node.type == "new_expression"
    callee = node.child_by_field_name("constructor" if is_new else "function")
    listed = node.child_by_field_name("arguments")
    if callee is None or listed is None:
        return UNKNOWN
    if callee.type == "await_expression":
        callee = callee.named_children[0]
    arguments = [child for child in listed.named_children if child.type != "comment"]
    name = known.code.source(callee).rpartition(".")[2]
    if name in clean or name in sources.CLEANING:
        return CLEAN
    if callee.type == "member_expression":
        receiver = callee.child_by_field_name("object")
        read = read_from_outside(known, callee)
        if read is not None and receiver and read_from_outside(known, receiver) is None:
            return read  # `req.get(name)`: the call itself reads.
        if receiver is not None and name in sources.KEEPING:
            return _of_kept(known, receiver, name, arguments, clean, depth)
    if name == "URL" and is_new and len(arguments) == 2 and _is_own(known, arguments[1], depth):
        return known.of(arguments[0], clean, depth)
    if name == "parse" and (schema := _schema(known, callee)) is not None:
        return UNKNOWN if schema == "" or sources.ANY_TEXT.search(schema) else CLEAN
    if name in sources.PASSING and listed.type == "arguments":
        return known.worst(arguments, clean, depth)
    if callee.type == "identifier" and not is_new:
        answers = own_functions.answers(known.code, known.bindings, callee)
        origin = known.worst(answers, clean, depth)
        return replace(origin, is_far=True) if origin.is_foreign else UNKNOWN
    return UNKNOWN


def _schema(known: Origins, parse: Node) -> str | None:
    """What is written of the schema in `z.object({ ... }).parse`; None for other parsers."""
    schema = parse.child_by_field_name("object")
    if schema is None:
        return None
    written = known.code.source(schema)
    if schema.type == "identifier":
        given = known.bindings.reaching(written, schema.start_byte)
        values = [each.value for each in given if each.value is not None]
        is_named = written.lower().endswith("schema")
        written = known.code.source(values[0]) if len(values) == 1 else ""
        if is_named and not sources.SCHEMA.search(written):
            return ""
    return written if sources.SCHEMA.search(written) else None


def _is_own(known: Origins, base: Node, depth: int) -> bool:
    """Whether an address is that under which the program was asked: `req.url`."""
    source = known.of(base, depth=depth).source
    path = None if source is None else known.paths.of(source)
    return path is not None and path.endswith((".url", ".nextUrl", ".href", ".origin"))


def _of_kept(
    known: Origins,
    receiver: Node,
    name: str,
    arguments: list[Node],
    clean: frozenset[str],
    depth: int,
) -> Origin:
    if name in ("map", "flatMap") and arguments:
        body = arguments[0].child_by_field_name("body")
        if known.code.source(arguments[0]) in sources.CLEANING | clean:
            return CLEAN  # `ids.map(Number)`
        if body is not None and body.type != "statement_block":
            made = known.of(body, clean, depth)
            if made.kind in ("constant", "clean"):
                return made
    if name in ("replace", "replaceAll") and arguments:
        # What is not on a list of characters is taken out.
        pattern = known.code.source(arguments[0])
        if pattern.startswith("/[^"):
            return CLEAN
    is_filter = name == "filter" and bool(arguments)
    if is_filter and sources.KEPT_ITEMS.search(known.code.source(arguments[0])):
        return CLEAN
    if name == "get" and known.paths.of(receiver) in ("app", "@express"):
        return UNKNOWN
    added = arguments if name in ("concat", "join") else arguments[1:2] if "repl" in name else []
    return known.worst([receiver, *added], clean, depth)
