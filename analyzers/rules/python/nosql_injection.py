"""A query object that a client writes

## What it does
Reports queries of MongoDB whose conditions are taken from a request's JSON as they come: the whole
body as the filter, or a field that is not made a text or number first; and `$where` with data of a
request. Values of forms and query strings are texts already.

## Why is this bad?
JSON holds objects: `{"password": {"$ne": ""}}` is true for every user. And `$where` runs JavaScript
in the database.

## Example
```python
data = request.get_json()
user = users.find_one({"name": data["name"], "token": data["token"]})
```

## Use instead
```python
data = request.get_json()
user = users.find_one({"name": {"$eq": data["name"]}, "token": {"$eq": data["token"]}})
```

## References
- CWE-943: Improper Neutralization of Special Elements in Data Query Logic
- OWASP: Testing for NoSQL Injection
- MongoDB: How does MongoDB address SQL or Query injection?
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import mongo_filters
from analyzers.flow.analysis import analysis
from analyzers.flow.called import calls_of
from analyzers.flow.events import Event
from analyzers.flow.heap import Thing
from analyzers.flow.origin import Level
from analyzers.flow.sinks import Hit, Judgement, findings, judged
from analyzers.flow.value import Value
from analyzers.rule import Rule

RULE = Rule(
    "nosql-injection",
    cwe=943,
    severity="medium",
    confidence="high",
    words=("find", "_one", "_many", "count_documents", "aggregate", "distinct"),
)
fix = mongo_filters.compared
# Nothing else has these; the others are methods of texts and of other databases too.
_OWN = (
    ".find_one", ".find_one_and_update", ".find_one_and_delete", ".find_one_and_replace",
    ".delete_one", ".delete_many", ".update_one", ".update_many", ".replace_one",
    ".count_documents",
)  # fmt: skip
_SHARED = (".find", ".aggregate", ".distinct")
CALLS = calls_of(_OWN, _SHARED)
_JUDGEMENT = Judgement("query object", local=None)
_MODULES = re.compile(
    r"(pymongo|motor|mongomock|flask_pymongo|mongoengine|bson|pymongo_inmemory)(\.|$)"
)
_OF_JSON = re.compile(r"request\.(json|get_json|data|get_data|body|media|get_media|json_body)\b")
_PLAIN = re.compile(r"\b(str|int|float)\b")
_OPEN_TYPES = re.compile(r"\b(dict|Dict|Mapping|Any)\b")
_MESSAGE = "{source} can hold operators such as $ne here; compare with $eq, or make it a text"
_OF_CODE = "{source} is run as JavaScript in the database; ask for fields instead"
# Operators that hold conditions.
_NESTED = ("$and", "$or", "$nor", "$match")
_MAX_DEPTH = 3
# Nothing but a text has these.
_OF_TEXTS = frozenset(
    {"lower", "upper", "strip", "lstrip", "rstrip", "casefold", "title", "replace", "encode"}
)


def find(code: Code) -> Iterator[Finding]:
    """Filters with data that was not made a text."""
    compared: list[Hit] = []
    run: list[Hit] = []
    for event in _queries(code):
        if _asks_for_a_type(code, event.node):
            continue
        for value in event.arguments[:1]:
            compared += _conditions(event, value)
            run += _code(event, value)
    yield from findings(code, RULE, run, _OF_CODE)
    places = {hit.event.node for hit in run}
    yield from findings(
        code, RULE, [hit for hit in compared if hit.event.node not in places], _MESSAGE
    )


def _queries(code: Code) -> Iterator[Event]:
    seen = analysis(code)
    yield from seen.calls([name[1:] for name in _OWN])
    # No other database has `$where`.
    if any(map(_MODULES.match, code.imports.values())) or "$where" in code.text:
        for event in seen.calls([name[1:] for name in _SHARED]):
            # What was sent is no collection, and has a `find` if it is a text.
            if event.receiver is None or event.receiver.level is not Level.REMOTE:
                yield event


def _conditions(event: Event, value: Value, depth: int = 0) -> Iterator[Hit]:
    """What is compared with, or is the filter, and may be an object of the sender's."""
    for thing in _things(event, value):
        if depth > _MAX_DEPTH:
            return
        if thing.kind in ("list", "tuple"):
            for item in thing.items or ():
                yield from _conditions(event, item, depth + 1)
            continue
        texts = _texts(event.node) if depth == 0 else set()
        for key, held in thing.fields.items():
            if key not in texts and (key in _NESTED or not str(key).startswith("$")):
                yield from _conditions(event, held, depth + 1)
    if not value.refs and value.kind != "str" and not value.is_built:
        hit = judged(event, value, _JUDGEMENT)
        if hit is not None and _is_json(hit):
            yield hit


def _texts(node: ast.AST) -> set[object]:
    """The keys of the filter, where the call has it, whose values are texts for sure."""
    given = node.args[0] if isinstance(node, ast.Call) and node.args else None
    if not isinstance(given, ast.Dict):
        return set()
    return {
        key.value
        for key, value in zip(given.keys, given.values, strict=True)
        if isinstance(key, ast.Constant)
        and isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in _OF_TEXTS
    }


def _asks_for_a_type(code: Code, node: ast.AST) -> bool:
    """Whether the function around asks of something whether it is a text or a number."""
    function = code.function(node)
    return function is not None and any(
        isinstance(one, ast.Call)
        and code.name(one.func) == "isinstance"
        and len(one.args) == 2
        and _PLAIN.search(ast.unparse(one.args[1])) is not None
        for one in ast.walk(function)
    )


def _code(event: Event, value: Value) -> Iterator[Hit]:
    """What is run in the database."""
    for thing in _things(event, value):
        held = thing.fields.get("$where")
        hit = judged(event, held, _JUDGEMENT) if held is not None else None
        if hit is not None:
            yield hit


def _things(event: Event, value: Value) -> list[Thing]:
    return [event.heap[ref] for ref in value.refs if ref in event.heap]


def _is_json(hit: Hit) -> bool:
    """Whether the sender decides over what kind of value it is."""
    if hit.confidence != "high":
        return False  # It went through something that may make a text or a key of it.
    origin = hit.taint.origin
    if isinstance(origin.node, ast.arg):
        annotation = origin.node.annotation
        return annotation is not None and bool(_OPEN_TYPES.search(ast.unparse(annotation)))
    return bool(_OF_JSON.search(origin.note))
