"""A key from outside that reaches the prototype of all objects

## What it does
Reports properties set under a name from a request, deep merges of a request's data, and merges
written by hand that copy every key and go deeper without a look at `__proto__`.

## Why is this bad?
Under the key `__proto__` a client sets properties that every object of the program then has:
`isAdmin`, say, or the options of a command that runs.

## Example
```javascript
settings[req.body.group][req.body.key] = req.body.value;
```

## Use instead
```javascript
const settings = new Map();
settings.set(`${req.body.group}.${req.body.key}`, req.body.value);
```

## References
- CWE-1321: Improperly Controlled Modification of Object Prototype Attributes
- OWASP: Prototype Pollution Prevention Cheat Sheet
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from analyzers.finding import Finding
from analyzers.javascript.origin import origins
from analyzers.javascript.script import ScriptCode
from analyzers.javascript.sinks import callee_path, calls, reached
from analyzers.rule import Rule

RULE = Rule(
    "js-prototype-pollution",
    cwe=1321,
    severity="medium",
    confidence="high",
    languages=("javascript", "typescript"),
    words=("[", "merge", "extend", "defaultsdeep"),
)
_MERGES = (
    "merge",
    "mergeWith",
    "defaultsDeep",
    "extend",
    "deepmerge",
    "set",
    "setWith",
    "zipObjectDeep",
)
_LIBRARIES = ("@lodash", "_.", "$.", "jQuery.", "@jquery", "@deepmerge", "@merge", "@deep-extend",
              "@merge-deep", "@defaults-deep", "@object-path", "@dot-prop")  # fmt: skip
_LOOKS = re.compile(
    r"__proto__|[\"'`]prototype|hasOwn|Object\.keys|Object\.entries|Object\.create\(null"
)


def find(code: ScriptCode) -> Iterator[Finding]:
    """Keys from outside, and merges that take every key."""
    for target, _ in code.assignments(""):
        yield from _keyed(code, target)
    for call in calls(code, *_MERGES):
        if callee_path(code, call).startswith(_LIBRARIES):
            for value in call.arguments[1:]:
                origin = origins(code).of(value)
                if origin.kind == "remote":
                    what = "the keys of a deep merge"
                    yield from reached(code, RULE, call.node, value, what)
                    break
    yield from _merges_by_hand(code)


def _keyed(code: ScriptCode, target: Node) -> Iterator[Finding]:
    """`a[x][y] = z`: with one key alone a client reaches no prototype but that of `a`."""
    holder, index = target.child_by_field_name("object"), target.child_by_field_name("index")
    if holder is None or index is None or holder.type != "subscript_expression":
        return
    outer = holder.child_by_field_name("index")
    if outer is not None and origins(code).of(outer).kind == "remote":
        place = target.parent or target
        yield from reached(code, RULE, place, outer, "the name of a property")


def _merges_by_hand(code: ScriptCode) -> Iterator[Finding]:
    for loop in code.loops():
        operator, key = loop.child_by_field_name("operator"), loop.child_by_field_name("left")
        function = _function(loop)
        if operator is None or key is None or function is None or code.source(operator) != "in":
            continue
        name = function.child_by_field_name("name")
        body = code.source(loop)
        if name is None or _LOOKS.search(code.source(function)):
            continue
        called, at = re.escape(code.source(name)), re.escape(code.source(key))
        deeper = re.search(rf"\b{called}\s*\([^;]*\[{at}\]", body)
        copied = re.search(rf"\[{at}\]\s*=[^=]", body)
        if deeper and copied:
            message = "this merge copies __proto__ too"
            yield code.finding(RULE, loop, message, confidence="medium")


def _function(node: Node) -> Node | None:
    above = node.parent
    while above is not None and above.type not in ("function_declaration", "method_definition"):
        above = above.parent
    return above
