"""A signed token whose signature nobody checks

## What it does
Reports tokens (JWT) that are decoded without a check of the signature: PyJWT's
`options={"verify_signature": False}` and `verify=False`, the algorithm `none`, and functions that
only read, such as `get_unverified_claims`, where their result is used.

## Why is this bad?
Everybody can write a token that says who they are. Only the signature tells theirs from yours.

## Example
```python
claims = jwt.decode(token, options={"verify_signature": False})
```

## Use instead
```python
claims = jwt.decode(token, key, algorithms=["HS256"])
```

## References
- CWE-347: Improper Verification of Cryptographic Signature
- RFC 8725: JSON Web Token Best Current Practices
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import tokens
from analyzers.patterns.calls import argument, keyword, methods
from analyzers.patterns.constants import bound_to, value_of
from analyzers.patterns.options import of_class
from analyzers.rule import Rule

RULE = Rule(
    "jwt-unverified",
    cwe=347,
    severity="high",
    confidence="medium",
    words=("jwt", "jose", "get_unverified"),
)
fix = tokens.checked
_MODULES = ("jwt.", "jose.", "authlib.", "jwt_", "pyjwt.")
_MESSAGE = "the signature is not checked, so anyone can write this token"


def find(code: Code) -> Iterator[Finding]:
    """Decoding without a check, and encoding without a signature."""
    for call in methods(code, "decode", "decode_complete"):
        if _is_token(code, call) and _is_off(code, call):
            yield code.finding(RULE, call, _MESSAGE)
    for call in methods(code, "encode"):
        algorithm = argument(call, 2, "algorithm")
        if algorithm is not None and _is_token(code, call) and _is_none(code, algorithm):
            yield code.finding(RULE, call, "the algorithm none signs nothing")
    for call in methods(code, "get_unverified_claims"):
        yield code.finding(RULE, call, _MESSAGE, severity="medium")


def _is_token(code: Code, call: ast.Call) -> bool:
    name = code.name(call.func) or ""
    return name.startswith(_MODULES) or ".jwt." in name


def _is_off(code: Code, call: ast.Call) -> bool:
    if value_of(code, argument(call, 2, "verify")) is False:
        return True
    if value_of(code, keyword(call, "verify")) is False:
        return True
    algorithms = keyword(call, "algorithms")
    listed = algorithms.elts if isinstance(algorithms, ast.List | ast.Tuple) else []
    if any(_is_none(code, algorithm) for algorithm in listed):
        return True
    options = _unnamed(code, keyword(call, "options"))
    return isinstance(options, ast.Dict) and any(
        isinstance(key, ast.Constant)
        and key.value in ("verify_signature", "verify")
        and value_of(code, value) is False
        for key, value in zip(options.keys, options.values, strict=False)
    )


def _unnamed(code: Code, node: ast.expr | None) -> ast.expr | None:
    bound = bound_to(code, node) if isinstance(node, ast.Name) else None
    if isinstance(node, ast.Attribute):
        bound = of_class(code, node)
    return bound[0] if bound and len(bound) == 1 else node


def _is_none(code: Code, node: ast.expr) -> bool:
    if isinstance(node, ast.Constant) and node.value is None:
        return True
    value = value_of(code, node)
    return isinstance(value, str) and value.lower() == "none"
