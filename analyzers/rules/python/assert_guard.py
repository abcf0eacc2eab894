"""An assert that guards access

## What it does
Reports an `assert` whose condition asks for rights: whether a user is an administrator, is
authenticated, has a permission or owns a thing.

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
from analyzers.patterns.names import words_of
from analyzers.rule import Rule

RULE = Rule(
    "assert-guard",
    cwe=617,
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


def find(code: Code) -> Iterator[Finding]:
    """Asserts that ask for rights."""
    for node in code.nodes(ast.Assert):
        if _narrows(node.test):
            continue
        names = [n for n in ast.walk(node.test) if isinstance(n, ast.Name | ast.Attribute)]
        words = [n.id if isinstance(n, ast.Name) else n.attr for n in names]
        somebody = any(set(words_of(word)) & _SOMEBODY for word in words)
        guarding = next((word for word in words if _guards(word.lower(), somebody)), None)
        if guarding is not None:
            yield code.finding(RULE, node, f"this guard by {guarding} is gone under python -O")


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
