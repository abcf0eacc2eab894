"""Where the data in an expression comes from, as far as the script itself tells."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

from tree_sitter import Node

from analyzers.javascript import own_functions, sources
from analyzers.javascript.bindings import FUNCTIONS, Binding, Bindings
from analyzers.javascript.script import ScriptCode

# From what nobody can change to what anybody can.
Kind = Literal["constant", "clean", "unknown", "local", "page", "remote"]
_ORDER: dict[Kind, int] = {kind: rank for rank, kind in enumerate(get_args(Kind))}
_LITERALS = frozenset(
    {"string", "number", "true", "false", "null", "undefined", "regex", "function_expression",
     "arrow_function", "class", "jsx_element", "jsx_self_closing_element", "jsx_fragment"}
)  # fmt: skip
_WRAPPERS = frozenset(
    {"parenthesized_expression", "await_expression", "as_expression", "satisfies_expression",
     "non_null_expression", "spread_element", "template_substitution", "yield_expression"}
)  # fmt: skip
_LOGIC = frozenset({"||", "&&", "??", "+"})
_MAX_DEPTH = 40
_MAX_STEPS = 20_000


@dataclass(frozen=True, slots=True)
class Origin:
    """The worst of what an expression may hold.

    kind: "constant" is written in the script, "clean" made harmless, "unknown" from elsewhere in
        the program, "local" from the command line, "page" from the address or the opener of a page,
        "remote" from a client.
    source: for the last three, the node that reads it.
    is_whole: the source is all of a request's body or query and not one field.
    is_far: it came by way of a function of the script's own, in which more may be done about it.
    """

    kind: Kind
    source: Node | None = None
    is_whole: bool = False
    is_far: bool = False

    @property
    def is_foreign(self) -> bool:
        """Whether somebody who is not the script's user may have written it."""
        return self.kind in ("page", "remote")


CONSTANT = Origin("constant")
CLEAN = Origin("clean")
UNKNOWN = Origin("unknown")


class Origins:
    """Answers for one script. `clean`: the names of calls that make data harmless for a sink."""

    def __init__(self, code: ScriptCode) -> None:
        self._code = code
        self.bindings = Bindings(code)
        self._known: dict[tuple[int, frozenset[str]], Origin] = {}
        self._steps = 0
        self._conditions: list[tuple[int, str, tuple[int, int]]] | None = None

    @functools.cached_property
    def aliases(self) -> dict[str, tuple[str, ...]]:
        """What the script calls a function by, other than its own name: by that name."""
        found: dict[str, list[str]] = {}
        for name, callee in self._code.called_names():
            last = (self.path(callee) or name).rpartition(".")[2]
            if last != name and last != "*":
                found.setdefault(last, []).append(name)
        return {name: tuple(aliases) for name, aliases in found.items()}

    def of(self, node: Node, clean: frozenset[str] = frozenset(), depth: int = 0) -> Origin:
        """Where what the node gives comes from."""
        key = node.id, clean
        known = self._known.get(key)
        if known is None:
            self._steps += 1
            if depth > _MAX_DEPTH or self._steps > _MAX_STEPS:
                return UNKNOWN
            self._known[key] = CLEAN  # What only leads back to itself adds nothing.
            known = self._known[key] = self._told(node, clean, depth + 1)
        return known

    def path(self, node: Node, depth: int = 0) -> str | None:
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

    def _index(self, node: Node) -> str:
        index = node.child_by_field_name("index")
        text = "" if index is None else self._code.source(index)
        return text[1:-1] if text[:1] in ("'", '"') and text[1:-1].isidentifier() else "*"

    def _root(self, node: Node, depth: int) -> str | None:
        if node.type in ("this", "import", "meta_property"):
            return self._code.source(node)
        if node.type in ("parenthesized_expression", "await_expression", "as_expression"):
            return self.path(node.named_children[0], depth + 1) if depth < 8 else None
        if node.type == "call_expression":
            return self._required(node, depth)
        if node.type not in ("identifier", "shorthand_property_identifier"):
            return None
        name = self._code.source(node)
        given = self.bindings.reaching(name, node.start_byte)
        if not given or depth >= 8:
            return name
        last = given[0]
        if last.module is not None:
            return ".".join((_module(last.module), *last.keys))
        if last.value is None:
            # A parameter is known by its own name, or by what its pattern takes of the request.
            return name if not last.keys or "*" in last.keys else None
        if len(given) > 1:
            return None
        inner = self.path(last.value, depth + 1)
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
            return self.path(first, depth + 1)
        return None

    def _told(self, node: Node, clean: frozenset[str], depth: int) -> Origin:
        kind = node.type
        if kind in _LITERALS:
            return CONSTANT
        if kind in ("identifier", "shorthand_property_identifier"):
            return self._of_name(node, clean, depth)
        if kind in ("member_expression", "subscript_expression"):
            return self._of_member(node, clean, depth)
        if kind in ("call_expression", "new_expression"):
            return self._of_call(node, clean, depth)
        if kind in _WRAPPERS:
            inner = [child for child in node.named_children if child.type != "comment"]
            return self.of(inner[0], clean, depth) if inner else CONSTANT
        if kind == "type_assertion":
            return self.of(node.named_children[-1], clean, depth)
        return self._worst(self._parts(node), clean, depth)

    def _parts(self, node: Node) -> list[Node] | None:
        """The expressions of which any may be in the value; None for what is not read."""
        kind = node.type
        if kind == "binary_expression":
            operator = node.child_by_field_name("operator")
            if operator is not None and self._code.source(operator) == "&&":
                # What stands on the left is the value only where it is empty.
                right = node.child_by_field_name("right")
                return [] if right is None else [right]
            sides = [node.child_by_field_name("left"), node.child_by_field_name("right")]
            is_kept = operator is not None and self._code.source(operator) in _LOGIC
            return [side for side in sides if side is not None] if is_kept else []
        if kind == "ternary_expression":
            arms = [node.child_by_field_name(field) for field in ("consequence", "alternative")]
            return [arm for arm in arms if arm is not None]
        if kind in ("assignment_expression", "augmented_assignment_expression", "pair"):
            right = node.child_by_field_name("right") or node.child_by_field_name("value")
            return [] if right is None else [right]
        if kind == "template_string":
            return [child for child in node.named_children if child.type == "template_substitution"]
        if kind in ("array", "object", "sequence_expression"):
            return [child for child in node.named_children if child.type != "method_definition"]
        if kind in ("unary_expression", "update_expression", "this", "super", "meta_property"):
            return []
        return None

    def _worst(self, nodes: list[Node] | None, clean: frozenset[str], depth: int) -> Origin:
        if nodes is None:
            return UNKNOWN
        worst = CONSTANT
        for node in nodes:
            origin = self.of(node, clean, depth)
            if _ORDER[origin.kind] > _ORDER[worst.kind]:
                worst = origin
        return worst

    def _of_name(self, node: Node, clean: frozenset[str], depth: int) -> Origin:
        name = self._code.source(node)
        read = self._read_from_outside(node)
        if read is not None:
            return CLEAN if self._is_checked(name, node) else read
        given = self.bindings.reaching(name, node.start_byte)
        if not given:
            is_named = sources.CONFIGURED.match(name) or name in ("undefined", "NaN", "Infinity")
            return CLEAN if is_named else UNKNOWN
        worst = CONSTANT
        for binding in given:
            origin = self._of_binding(binding, clean, depth)
            if _ORDER[origin.kind] > _ORDER[worst.kind]:
                worst = origin
            if binding.value is not None and binding.value.type == "array":
                pushed = self._worst(list(self._pushed(name, binding)), clean, depth)
                worst = max(worst, pushed, key=lambda one: _ORDER[one.kind])
        if worst.kind == "unknown" and sources.CONFIGURED.match(name):
            return CLEAN
        if _ORDER[worst.kind] > _ORDER["clean"] and self._is_checked(name, node):
            return CLEAN
        return worst

    def _pushed(self, name: str, binding: Binding) -> Iterator[Node]:
        """What is put into a list that the script makes."""
        for call in self._code.calls("push", "unshift"):
            on = call.callee.child_by_field_name("object")
            inside = binding.block[0] <= call.node.start_byte < binding.block[1]
            if inside and on is not None and self._code.source(on) == name:
                yield from call.arguments

    def _of_binding(self, binding: Binding, clean: frozenset[str], depth: int) -> Origin:
        if binding.value is None:
            return self._of_parameter(binding, clean, depth)
        if binding.keys and not binding.adds:
            path = self.path(binding.value)
            dotted = None if path is None else ".".join((path, *binding.keys))
            if dotted is not None and sources.REMOTE.search(dotted):
                return Origin("remote", binding.value)
        return self.of(binding.value, clean, depth)

    def _of_parameter(self, binding: Binding, clean: frozenset[str], depth: int) -> Origin:
        pattern = binding.pattern
        for child in () if pattern is None else pattern.named_children:
            if child.type == "decorator":
                name = self._code.source(child).lstrip("@").partition("(")[0]
                if name in sources.DECORATORS:
                    return Origin("remote", pattern)
        item = own_functions.item_of(binding, self._code)
        if item is not None:
            return CLEAN if item[1] else self.of(item[0], clean, depth)
        # Others may call it too, so that nothing is known to be harmless by these calls.
        worst = UNKNOWN
        for given in own_functions.given_to(self._code, self.bindings, binding):
            origin = self._under(given, binding.keys, clean, depth)
            if _ORDER[origin.kind] > _ORDER[worst.kind]:
                worst = replace(origin, is_far=True)
        return worst

    def _under(
        self, node: Node, keys: tuple[str, ...], clean: frozenset[str], depth: int
    ) -> Origin:
        """Where what stands under the keys of a value comes from."""
        if not keys:
            return self.of(node, clean, depth)
        if node.type == "object":
            for pair in node.named_children:
                key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
                if pair.type == "shorthand_property_identifier":
                    key = value = pair
                if key is None or value is None:
                    continue
                if self._code.source(key).strip("\"'") == keys[0]:
                    return self._under(value, keys[1:], clean, depth)
        path = self.path(node)
        if path is not None and sources.REMOTE.search(".".join((path, *keys))):
            return Origin("remote", node)
        return UNKNOWN if node.type == "object" else self.of(node, clean, depth)

    def _of_member(self, node: Node, clean: frozenset[str], depth: int) -> Origin:
        last = node.child_by_field_name("property")
        if last is not None and self._code.source(last) in ("length", "size", "byteLength"):
            return CLEAN
        read = self._read_from_outside(node)
        if read is not None:
            return CLEAN if self._is_checked(self._code.source(node), node) else read
        path = self.path(node)
        if path is not None and sources.CONFIGURED.search(path):
            return CLEAN
        inner = node.child_by_field_name("object")
        if inner is None:
            return UNKNOWN
        origin = self.of(inner, clean, depth)
        return UNKNOWN if origin.kind == "clean" and inner.type == "this" else origin

    def _read_from_outside(self, node: Node) -> Origin | None:
        path = self.path(node)
        if path is None:
            return None
        if sources.REMOTE.search(path):
            if sources.STORED.search(path):
                return CLEAN
            is_whole = path.rpartition(".")[2] in sources.HOLDERS
            return Origin("remote", node, is_whole)
        root = path.partition(".")[0]
        if sources.PAGE.search(path) and not self.bindings.is_bound(root, node.start_byte):
            return Origin("page", node)
        if sources.LOCAL.search(path):
            return Origin("local", node)
        if path.endswith(".data") and self._is_message(node):
            return Origin("page", node)
        return None

    def _is_message(self, node: Node) -> bool:
        """Whether this is the `data` of what another window sent."""
        above = node.parent
        while above is not None and above.type not in FUNCTIONS:
            above = above.parent
        around = None if above is None else above.parent
        if around is None or above is None or above.type == "program":
            return False
        if around.type == "assignment_expression":
            left = around.child_by_field_name("left")
            return left is not None and self._code.source(left).endswith("onmessage")
        head = self._code.data[around.start_byte : above.start_byte]
        return (
            around.type == "arguments" and re.match(rb"""\(\s*["']message["']""", head) is not None
        )

    def _of_call(self, node: Node, clean: frozenset[str], depth: int) -> Origin:
        is_new = node.type == "new_expression"
        callee = node.child_by_field_name("constructor" if is_new else "function")
        listed = node.child_by_field_name("arguments")
        if callee is None or listed is None:
            return UNKNOWN
        if callee.type == "await_expression":
            callee = callee.named_children[0]
        arguments = [child for child in listed.named_children if child.type != "comment"]
        name = self._code.source(callee).rpartition(".")[2]
        if name in clean or name in sources.CLEANING:
            return CLEAN
        if callee.type == "member_expression":
            receiver = callee.child_by_field_name("object")
            read = self._read_from_outside(callee)
            if read is not None and receiver and self._read_from_outside(receiver) is None:
                return read  # `req.get(name)`: the call itself reads.
            if receiver is not None and name in sources.KEEPING:
                return self._of_kept(receiver, name, arguments, clean, depth)
        if name == "URL" and is_new and len(arguments) == 2 and self._is_own(arguments[1], depth):
            return self.of(arguments[0], clean, depth)
        if name == "parse" and (schema := self._schema(callee)) is not None:
            return UNKNOWN if schema == "" or sources.ANY_TEXT.search(schema) else CLEAN
        if name in sources.PASSING and listed.type == "arguments":
            return self._worst(arguments, clean, depth)
        if callee.type == "identifier" and not is_new:
            answers = own_functions.answers(self._code, self.bindings, callee)
            origin = self._worst(answers, clean, depth)
            return replace(origin, is_far=True) if origin.is_foreign else UNKNOWN
        return UNKNOWN

    def _schema(self, parse: Node) -> str | None:
        """What is written of the schema in `z.object({ ... }).parse`; None for other parsers."""
        schema = parse.child_by_field_name("object")
        if schema is None:
            return None
        written = self._code.source(schema)
        if schema.type == "identifier":
            given = self.bindings.reaching(written, schema.start_byte)
            values = [each.value for each in given if each.value is not None]
            is_named = written.lower().endswith("schema")
            written = self._code.source(values[0]) if len(values) == 1 else ""
            if is_named and not sources.SCHEMA.search(written):
                return ""
        return written if sources.SCHEMA.search(written) else None

    def _is_own(self, base: Node, depth: int) -> bool:
        """Whether an address is that under which the program was asked: `req.url`."""
        source = self.of(base, depth=depth).source
        path = None if source is None else self.path(source)
        return path is not None and path.endswith((".url", ".nextUrl", ".href", ".origin"))

    def _of_kept(
        self, receiver: Node, name: str, arguments: list[Node], clean: frozenset[str], depth: int
    ) -> Origin:
        if name in ("map", "flatMap") and arguments:
            body = arguments[0].child_by_field_name("body")
            if self._code.source(arguments[0]) in sources.CLEANING | clean:
                return CLEAN  # `ids.map(Number)`
            if body is not None and body.type != "statement_block":
                made = self.of(body, clean, depth)
                if made.kind in ("constant", "clean"):
                    return made
        if name in ("replace", "replaceAll") and arguments:
            # What is not on a list of characters is taken out.
            pattern = self._code.source(arguments[0])
            if pattern.startswith("/[^"):
                return CLEAN
        is_filter = name == "filter" and bool(arguments)
        if is_filter and sources.KEPT_ITEMS.search(self._code.source(arguments[0])):
            return CLEAN
        if name == "get" and self.path(receiver) in ("app", "@express"):
            return UNKNOWN
        added = (
            arguments if name in ("concat", "join") else arguments[1:2] if "repl" in name else []
        )
        return self._worst([receiver, *added], clean, depth)

    def _is_checked(self, text: str, node: Node) -> bool:
        """Whether a condition above, in the same function, has looked at this data."""
        at = node.start_byte
        mentions: re.Pattern[str] | None = None
        for end, condition, function in self._conditions_above():
            if end <= at and function[0] <= at < function[1] and text in condition:
                mentions = mentions or re.compile(
                    rf"\b{sources.CHECKS}\s*\([^)]*(?<![\w.]){re.escape(text)}\b"
                    rf"|(?<![\w.]){re.escape(text)}(?:\??\.\w+(?:\(\))?)*\??\."
                    r"(?:(?:startsWith|match|endsWith)\s*\(|(?:origin|host|hostname)\s*[!=]==?)"
                    rf"|(?<![\w.]){re.escape(text)}\s+in\s"
                )
                if mentions.search(condition):
                    return True
        return False

    def _conditions_above(self) -> list[tuple[int, str, tuple[int, int]]]:
        if self._conditions is None:
            captured = self._code.captures(
                "(if_statement condition: (_) @c) (ternary_expression condition: (_) @c)"
            )
            self._conditions = []
            for node in captured.get("c", ()):
                above = node.parent
                while above is not None and above.type not in FUNCTIONS:
                    above = above.parent
                around = (0, len(self._code.data) + 1)
                if above is not None and above.type != "program":
                    around = (above.start_byte, above.end_byte)
                self._conditions.append((node.end_byte, self._code.source(node), around))
        return self._conditions


@functools.lru_cache(maxsize=4)
def origins(code: ScriptCode) -> Origins:
    """The answers for a script, found once."""
    return Origins(code)


def _module(name: str) -> str:
    return "@" + name.removeprefix("node:").replace(".", "_")
