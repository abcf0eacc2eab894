"""The dotted paths of names and properties, through the script's own imports and aliases."""

from __future__ import annotations

import functools

from tree_sitter import Node

from analyzers.javascript.bindings import Bindings
from analyzers.javascript.handlers import is_request
from analyzers.javascript.script import ScriptCode


class Paths:
    """Answers for one script."""

    def __init__(self, code: ScriptCode, bindings: Bindings) -> None:
        self._code = code
        self._bindings = bindings

    @functools.cached_property
    def aliases(self) -> dict[str, tuple[str, ...]]:
        """What the script calls a function by, other than its own name: by that name."""
        found: dict[str, dict[str, None]] = {}
        for name, callee in self._code.aliases():
            last = (self.of(callee) or self.module_member(callee) or name).rpartition(".")[2]
            if last != name and last != "*":
                found.setdefault(last, {})[name] = None
        return {name: tuple(aliases) for name, aliases in found.items()}

    def of(self, node: Node, depth: int = 0) -> str | None:
        """The dotted path of a name or property through the script's own imports and aliases.

        `e` is "@child_process.exec" under `const { exec: e } = require("child_process")`.
        """
        parts: list[str] = []
        while node.type in ("member_expression", "subscript_expression", "non_null_expression"):
            if node.type == "member_expression":
                name = node.child_by_field_name("property")
                parts.append("*" if name is None else self._code.source(name))
            elif node.type == "subscript_expression":
                parts.append(self._index(node))
            node = node.child_by_field_name("object") or node.named_children[0]
        root = self._root(node, depth)
        return None if root is None else ".".join((root, *reversed(parts)))

    def module_member(self, name: Node) -> str | None:
        """The path of a module's function that a name may stand for, of several perhaps."""
        if name.type != "identifier":
            return None
        given = self._bindings.reaching(self._code.source(name), name.start_byte)
        values = [each.value for each in given if each.value is not None and not each.keys]
        paths = (self.of(value) for value in values if value.type != "call_expression")
        return next((path for path in paths if path is not None and path.startswith("@")), None)

    def _index(self, node: Node) -> str:
        index = node.child_by_field_name("index")
        text = "" if index is None else self._code.source(index)
        return text[1:-1] if text[:1] in ("'", '"') and text[1:-1].isidentifier() else "*"

    def _root(self, node: Node, depth: int) -> str | None:
        if node.type in ("this", "import", "meta_property"):
            return self._code.source(node)
        if node.type in ("parenthesized_expression", "await_expression", "as_expression"):
            return self.of(node.named_children[0], depth + 1) if depth < 8 else None
        if node.type == "call_expression":
            return self._required(node, depth)
        if node.type not in ("identifier", "shorthand_property_identifier"):
            return None
        name = self._code.source(node)
        given = self._bindings.reaching(name, node.start_byte)
        if not given or depth >= 8:
            return name
        last = given[0]
        if last.module is not None:
            return ".".join((_module(last.module), *last.keys))
        if last.value is None:
            # A parameter is known by its own name, or by what its pattern takes of the request.
            if last.module is None and is_request(self._code, last):
                return ".".join(("req", *last.keys))
            return name if not last.keys or "*" in last.keys else None
        if len(given) > 1:
            return None
        inner = self.of(last.value, depth + 1)
        return None if inner is None else ".".join((inner, *last.keys))

    def _required(self, call: Node, depth: int) -> str | None:
        callee = call.child_by_field_name("function")
        listed = call.child_by_field_name("arguments")
        if callee is None or listed is None or not listed.named_children or depth >= 8:
            return None
        name, first = self._code.source(callee), listed.named_children[0]
        if name in ("require", "import") and first.type == "string":
            return _module(self._code.source(first).strip("\"'"))
        if name.rpartition(".")[2] == "promisify":
            return self.of(first, depth + 1)
        return None


def _module(name: str) -> str:
    return "@" + name.removeprefix("node:").replace(".", "_")
