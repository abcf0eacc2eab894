"""A query object that a client writes

## What it does
Reports queries of MongoDB whose conditions are taken from a request as they come: the whole body or
query as the filter, a field that is not made a text or number first, and `$where` with such data.

## Why is this bad?
JSON and query strings can hold objects: `{"password": {"$ne": ""}}` is true for every user. And
`$where` runs JavaScript in the database.

## Example
```javascript
const user = await User.findOne({ name: req.body.name, password: req.body.password });
```

## Use instead
```javascript
const user = await User.findOne({ name: String(req.body.name) });
const isRight = user && (await bcrypt.compare(String(req.body.password), user.passwordHash));
```

## References
- CWE-943: Improper Neutralization of Special Elements in Data Query Logic
- OWASP: Testing for NoSQL Injection
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from analyzers.finding import Finding
from analyzers.javascript.origin import origins
from analyzers.javascript.script import Call, ScriptCode
from analyzers.javascript.sinks import calls, literal_object, reached
from analyzers.rule import Rule

RULE = Rule(
    "js-nosql-injection",
    cwe=943,
    severity="medium",
    confidence="medium",
    languages=("javascript", "typescript"),
    words=("find", "$where", "updateone", "updatemany", "deleteone", "deletemany", "countdocuments",
           "aggregate"),
)  # fmt: skip
_QUERIES = ("find", "findOne", "findOneAndUpdate", "findOneAndDelete", "findOneAndReplace",
            "updateOne", "updateMany", "deleteOne", "deleteMany", "countDocuments", "distinct",
            "replaceOne")  # fmt: skip
# Each gives a text, whatever came in.
_TEXT = frozenset(
    {"String", "toString", "trim", "toLowerCase", "toUpperCase", "escape", "ObjectId"}
)


def find(code: ScriptCode) -> Iterator[Finding]:
    """Filters with data that was not made a text."""
    for call in calls(code, *_QUERIES):
        if call.arguments and not _is_list(call):
            yield from _filter(code, call)
    for pair, value in code.pairs("$where"):
        yield from reached(code, RULE, pair, value, "code that the database runs")


def _is_list(call: Call) -> bool:
    """`find` is a method of lists too, which take a function."""
    return call.arguments[0].type in ("arrow_function", "function_expression", "string")


def _filter(code: ScriptCode, call: Call) -> Iterator[Finding]:
    given = call.arguments[0]
    found = literal_object(code, given)
    if found is None:
        origin = origins(code).of(given, _TEXT)
        if origin.kind == "remote" and origin.is_whole:
            yield from reached(code, RULE, call.node, given, "a filter", clean=_TEXT)
        return
    for pair in found.named_children:
        value = _value(pair)
        # The parts of a path and headers are texts already.
        if value is None or origins(code).of(value, _TEXT).kind != "remote":
            continue
        source = origins(code).of(value, _TEXT).source
        if source is not None and ".params" not in code.source(source):
            yield from reached(code, RULE, call.node, value, "a condition", clean=_TEXT)
            return


def _value(pair: Node) -> Node | None:
    if pair.type == "shorthand_property_identifier":
        return pair
    value = pair.child_by_field_name("value") if pair.type == "pair" else None
    plain = ("member_expression", "identifier", "subscript_expression")
    return value if value is not None and value.type in plain else None
