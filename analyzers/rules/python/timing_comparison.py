"""A comparison that tells how far it got

## What it does
Reports `==` and `!=` on message authentication codes and signatures, where the file makes them with
`hmac` or two names say signature and expected, and on API keys and tokens that came with a request.

## Why is this bad?
`==` stops at the first difference, so the time that it takes tells how much of a guess was right,
and the rest is found piece by piece.

## Example
```python
if hmac.new(key, body, "sha256").hexdigest() == request.headers["X-Signature"]: ...
```

## Use instead
```python
expected = hmac.new(key, body, "sha256").hexdigest()
if hmac.compare_digest(expected, request.headers["X-Signature"]): ...
```

## References
- CWE-208: Observable Timing Discrepancy
- Python documentation: hmac.compare_digest
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import comparisons
from analyzers.patterns.constants import bound_to
from analyzers.patterns.names import words_of
from analyzers.rule import Rule
from analyzers.spelling import folded

RULE = Rule(
    "timing-comparison",
    cwe=208,
    severity="low",
    confidence="medium",
    words=("hmac", "sig", "mac"),
)
fix = comparisons.constant_time
_SIGNATURES = {"signature", "sig", "hmac", "mac"}
_EXPECTED = {"expected", "computed", "calculated", "received", "provided"}
_CODES = {"signature", "sig", "hmac", "mac", "digest"}


def find(code: Code) -> Iterator[Finding]:
    """Comparisons of what hmac made."""
    has_hmac = "hmac" in folded(code.text)
    for node in code.nodes(ast.Compare):
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        sides = (node.left, node.comparators[0])
        if any(isinstance(side, ast.Constant) for side in sides):
            continue
        if _are_named(*sides) or (has_hmac and any(_is_code(code, side, 0) for side in sides)):
            message = "the time this takes tells how much is right; use hmac.compare_digest"
            made = [_answer(code, side, 0) for side in sides if isinstance(side, ast.Call)]
            steps = [(place, "is made here") for place in made if place is not None]
            yield code.finding(RULE, node, message, steps=steps)


def _are_named(one: ast.expr, other: ast.expr) -> bool:
    """A signature that was given and one that was expected, by their names alone."""
    names = [
        set(words_of(side.id)) if isinstance(side, ast.Name) else set[str]()
        for side in (one, other)
    ]
    return all(words & _SIGNATURES for words in names) and any(words & _EXPECTED for words in names)


def _answer(code: Code, call: ast.Call, depth: int) -> ast.Return | None:
    """Where one of the file's functions, if it is that which is called, answers a code."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    classes = (each for each in code.tree.body if isinstance(each, ast.ClassDef))
    for function in (*code.tree.body, *(below for each in classes for below in each.body)):
        if not isinstance(function, ast.FunctionDef) or function.name != name:
            continue
        for below in ast.walk(function):
            if not isinstance(below, ast.Return) or below.value is None:
                continue
            if _is_code(code, below.value, depth + 1):
                return below
    return None


def _is_code(code: Code, node: ast.expr, depth: int) -> bool:
    """Whether an expression is a code that hmac made."""
    if isinstance(node, ast.Call):
        if (code.name(node.func) or "").startswith("hmac."):
            return True
        if depth < 4 and _answer(code, node, depth) is not None:
            return True
        return isinstance(node.func, ast.Attribute) and _is_code(code, node.func.value, depth)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _is_code(code, node.left, depth) or _is_code(code, node.right, depth)
    if isinstance(node, ast.JoinedStr):
        return any(
            _is_code(code, part.value, depth)
            for part in node.values
            if isinstance(part, ast.FormattedValue)
        )
    if isinstance(node, ast.Name) and depth < 4:
        bound = bound_to(code, node) or []
        made = any(_is_code(code, each, depth + 1) for each in bound)
        return made or (not bound and bool(set(words_of(node.id)) & _CODES - {"digest"}))
    return False
