"""What rules share that watch a sink: how bad it is what reaches it, and the way it took."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from analyzers.finding import Confidence, Finding, Severity
from analyzers.javascript.built import pieces
from analyzers.javascript.origin import origins
from analyzers.javascript.provenance import Origin
from analyzers.javascript.script import Call, ScriptCode
from analyzers.rule import Rule

_WRITERS = {"remote": "a client", "page": "whoever made the link", "local": "the command line"}


def reached(
    code: ScriptCode,
    rule: Rule,
    place: Node,
    value: Node,
    what: str,
    *,
    clean: frozenset[str] = frozenset(),
    unknown: tuple[Severity, Confidence] | None = None,
    local: tuple[Severity, Confidence] | None = None,
) -> Iterator[Finding]:
    """A finding at `place` if somebody else writes `value`: surely, or perhaps (`unknown`).

    what: what the value is used as, "a command" say.
    """
    origin = origins(code).of(value, clean)
    if origin.is_foreign:
        writer = _WRITERS[origin.kind]
        yield code.finding(
            rule,
            place,
            f"{writer} writes {what}",
            confidence="medium" if origin.is_far and rule.confidence == "high" else None,
            steps=_steps(origin, writer, value, what),
        )
    elif origin.kind == "local" and local is not None:
        yield code.finding(
            rule, place, f"the command line writes {what}", severity=local[0], confidence=local[1]
        )
    elif origin.kind == "unknown" and unknown is not None:
        yield code.finding(
            rule, place, f"what is not constant becomes {what}",
            severity=unknown[0], confidence=unknown[1],
        )  # fmt: skip


def _steps(origin: Origin, writer: str, value: Node, what: str) -> list[tuple[Node, str]]:
    steps = [] if origin.source is None else [(origin.source, f"written by {writer}")]
    return [*steps, (value, f"used as {what}")]


def chosen_start(code: ScriptCode, value: Node) -> Node | None:
    """The part of an address that says where it leads, if somebody else writes that."""
    if not origins(code).of(value).is_foreign:
        return None  # The parts alone do not show a check of the whole.
    parts = pieces(code, value)
    for part in parts:
        if not isinstance(part, str):
            return part
        if part.startswith(("?", "#")) or _names_a_place(part):
            return None
    return None


def _names_a_place(start: str) -> bool:
    """Whether what follows this beginning of an address cannot change its host."""
    _, separator, rest = start.partition("://")
    if separator:
        return "/" in rest or "?" in rest or (bool(rest) and ":" in rest)
    return start.startswith("/") and len(start) > 1 and not start.startswith(("//", "/\\"))


def option(code: ScriptCode, node: Node | None, key: str) -> Node | None:
    """The value under a key of an object literal, or of the one that a name stands for."""
    found = literal_object(code, node)
    for pair in () if found is None else found.named_children:
        if pair.type == "pair":
            name = pair.child_by_field_name("key")
            if name is not None and code.source(name).strip("\"'") == key:
                return pair.child_by_field_name("value")
    return None


def literal_object(code: ScriptCode, node: Node | None) -> Node | None:
    """The object literal that an expression gives, None for what may be another."""
    if node is not None and node.type == "identifier":
        given = origins(code).bindings.reaching(code.source(node), node.start_byte)
        node = given[0].value if len(given) == 1 and not given[0].keys else None
    return node if node is not None and node.type == "object" else None


def has_spread(node: Node) -> bool:
    """Whether an object literal takes in others."""
    return any(child.type == "spread_element" for child in node.named_children)


def receiver(call: Call) -> Node | None:
    """What a method is called on."""
    return call.callee.child_by_field_name("object")


def calls(code: ScriptCode, *names: str) -> list[Call]:
    """The calls of these names, and those of what the script imports under another name."""
    aliases = origins(code).paths.aliases
    return code.calls(*names, *(alias for name in names for alias in aliases.get(name, ())))


def callee_path(code: ScriptCode, call: Call) -> str:
    """The path of what is called; empty for what has none."""
    paths = origins(code).paths
    return paths.of(call.callee) or paths.module_member(call.callee) or ""
