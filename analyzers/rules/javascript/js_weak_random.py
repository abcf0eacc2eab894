"""A secret that can be guessed

## What it does
Reports `Math.random` in what is called a token, password, key, code, salt or session.

## Why is this bad?
Its numbers follow from a state that a few of them give away. Who gets one token computes the next.

## Example
```javascript
const resetToken = Math.random().toString(36).slice(2);
```

## Use instead
```javascript
const resetToken = crypto.randomBytes(32).toString("hex");
```

## References
- CWE-338: Use of Cryptographically Weak Pseudo-Random Number Generator
- MDN: Math.random()
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from analyzers.finding import Finding
from analyzers.javascript.bindings import FUNCTIONS
from analyzers.javascript.script import ScriptCode
from analyzers.javascript.sinks import callee_path, calls
from analyzers.rule import Rule

RULE = Rule(
    "js-weak-random",
    cwe=338,
    severity="medium",
    confidence="medium",
    languages=("javascript", "typescript"),
    words=("math.random",),
)
_SECRET = re.compile(
    r"token|secret|passw|passcode|pwd|(?:api|secret|private|access|session|encryption|aes)_?key|otp"
    r"|nonce|salt|csrf|xsrf|session_?id|sid$|auth|verification_?code|reset_?code|credential|^iv$|jwt"
    r"|captcha|invite_?code|pin_?code|^pin$",
    re.IGNORECASE,
)
# The language of parsers, and what a token is to them, is another one.
_HARMLESS = re.compile(
    r"author|design_?token|tokeni[sz]e|lexer|mock|fake|dummy|test", re.IGNORECASE
)
_NAMED = ("variable_declarator", "assignment_expression", "pair", "method_definition",
          "function_declaration", "augmented_assignment_expression", "public_field_definition",
          "field_definition")  # fmt: skip


def find(code: ScriptCode) -> Iterator[Finding]:
    """Random numbers where the names around speak of secrets."""
    for call in calls(code, "random"):
        if callee_path(code, call) == "Math.random":
            name = next((name for name in _names(code, call.node) if _is_secret(name)), None)
            if name is not None:
                yield code.finding(RULE, call.node, f"{name} can be guessed: use node:crypto")


def _is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None and _HARMLESS.search(name) is None


def _names(code: ScriptCode, node: Node) -> Iterator[str]:
    """What the value is given to, and the functions around."""
    above, functions = node.parent, 0
    while above is not None and functions < 3:
        if above.type in _NAMED:
            for field in ("name", "left", "key", "property"):
                name = above.child_by_field_name(field)
                if name is not None and name.end_byte <= node.start_byte:
                    yield code.source(name).rpartition(".")[2].strip("\"'")
        functions += above.type in FUNCTIONS
        above = above.parent
