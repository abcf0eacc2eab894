"""An assert that guards access

## What it does
Reports an `assert` whose condition asks for rights: whether a user is an administrator, is
authenticated, has a permission or owns a thing. In a function that answers requests, also one that
asks for a token, a session or a signature, or where a path leads.

## Why is this bad?
`python -O` removes asserts, and the guard with them.

## Example
```python
def delete(user, post):
    assert user.is_admin
    post.delete()
```

## Use instead
```python
def delete(user, post):
    if not user.is_admin:
        raise PermissionError("only administrators may delete posts")
    post.delete()
```

## References
- CWE-703: Improper Check or Handling of Exceptional Conditions
- CWE-617: Reachable Assertion
- Python documentation: The assert statement
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import guards
from analyzers.patterns.handlers import answers_requests
from analyzers.patterns.names import words_of
from analyzers.rule import Rule

RULE = Rule(
    "assert-guard",
    cwe=703,
    severity="medium",
    confidence="medium",
    aliases=("B101", "S101"),
    words=("assert",),
)
fix = guards.raising
_RIGHTS = re.compile(
    r"(^|[._])(is_?)?(admin|authenticated|authorized|authorised|staff|superuser|logged_?in)"
    r"|(^|[._])is_?owner"
    r"|permission"
)
# What somebody can or may do or owns; other things can and have owners as well.
_ABILITY = re.compile(r"(^|[._])((may|can)_|owner)")
_SOMEBODY = {
    "user",
    "users",
    "request",
    "account",
    "member",
    "actor",
    "author",
    "principal",
    "role",
}
# What a request has to bring to be let in, and what says where a path leads.
_CREDENTIALS = {
    "token", "password", "secret", "signature", "session", "csrf", "apikey", "credentials",
    "authorization", "hmac", "digest",
}  # fmt: skip
_HELD = {"role", "roles", "scope", "scopes", "group", "groups", "permissions", "rights", "claims"}
_PLACES = frozenset({"startswith", "is_relative_to", "commonpath", "commonprefix", "isabs"})


def find(code: Code) -> Iterator[Finding]:
    """Asserts that ask for rights."""
    for node in code.nodes(ast.Assert):
        if _narrows(node.test):
            continue
        names = [n for n in ast.walk(node.test) if isinstance(n, ast.Name | ast.Attribute)]
        words = [n.id if isinstance(n, ast.Name) else n.attr for n in names]
        somebody = any(set(words_of(word)) & _SOMEBODY for word in words)
        guarding = next((word for word in words if _guards(word.lower(), somebody)), None)
        if guarding is None:
            guarding = _role_in(node.test)
        if guarding is None and answers_requests(code, node):
            guarding = next(_of_request(node.test), None)
        if guarding is not None:
            yield code.finding(RULE, node, f"this guard by {guarding} is gone under python -O")


def _role_in(test: ast.expr) -> str | None:
    """The role that somebody must have: `"admin" in user.roles`, `user.role == "admin"`."""
    for node in ast.walk(test):
        if not isinstance(node, ast.Compare) or len(node.ops) != 1:
            continue
        sides = (node.left, node.comparators[0])
        said = [side.value for side in sides if isinstance(side, ast.Constant)]
        held = [side.attr for side in sides if isinstance(side, ast.Attribute)]
        of_rights = held and set(words_of(held[0])) & _HELD
        role = said[0].lower().replace("-", "_") if said and isinstance(said[0], str) else ""
        if of_rights and _RIGHTS.search(role):
            return held[0]
    return None


def _of_request(test: ast.expr) -> Iterator[str]:
    """What in a condition says that it lets a request in, or a path."""
    for node in ast.walk(test):
        if isinstance(node, ast.Constant) and node.value == "..":
            yield "the way up"
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", text)
        if name in _PLACES or _CREDENTIALS & {*words_of(name), name.lower().replace("_", "")}:
            yield name


def _guards(word: str, somebody: bool) -> bool:
    return bool(_RIGHTS.search(word) or (somebody and _ABILITY.search(word)))


def _narrows(test: ast.expr) -> bool:
    """Whether it only says that something is there, for a reader or a type checker."""
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.ops[0], ast.Is | ast.IsNot)
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value is None
    )
