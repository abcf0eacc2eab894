"""A token that nobody signed

## What it does
Reports JSON Web Tokens that are signed or accepted with the algorithm `none`, verified without a
key, and read without being verified anywhere in the script, by the library that servers use.

## Why is this bad?
Anybody writes such a token, with whatever name and rights they like.

## Example
```javascript
jwt.verify(token, key, { algorithms: ["HS256", "none"] });
```

## Use instead
```javascript
jwt.verify(token, key, { algorithms: ["HS256"] });
```

## References
- CWE-347: Improper Verification of Cryptographic Signature
- RFC 8725: JSON Web Token Best Current Practices
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.finding import Finding
from analyzers.javascript.script import ScriptCode
from analyzers.javascript.sinks import callee_path, calls, option
from analyzers.rule import Rule

RULE = Rule(
    "js-jwt-none",
    cwe=347,
    severity="high",
    confidence="high",
    languages=("javascript", "typescript"),
    words=("none", "verify", "jsonwebtoken"),
)
_NONE = re.compile(r"""["'`]none["'`]""", re.IGNORECASE)
SURE = re.compile(rf"{_NONE.pattern}|jwt|jsonwebtoken", re.IGNORECASE)
# In a browser a token is read for what it says, and the server verifies it.
_OF_SERVERS = re.compile(r"""["']jsonwebtoken["']""")
_NO_KEY = frozenset({"null", "undefined", "''", '""', "false"})


def find(code: ScriptCode) -> Iterator[Finding]:
    """Tokens without a signature."""
    for call in calls(code, "sign", "verify", "jwtVerify", "encode", "decode"):
        options = call.arguments[2] if len(call.arguments) > 2 else None
        for key in ("algorithm", "algorithms"):
            value = option(code, options, key)
            if value is not None and _NONE.search(code.source(value)):
                yield code.finding(RULE, call.node, "a token without a signature is accepted")
    if _OF_SERVERS.search(code.text) and "verify" not in code.text:
        for call in calls(code, "decode"):
            if callee_path(code, call).startswith(("jwt.", "@jsonwebtoken", "jsonwebtoken.")):
                message = "decode only reads the token, which nobody verifies; use verify"
                yield code.finding(RULE, call.node, message, confidence="medium")
    for call in calls(code, "verify"):
        path = callee_path(code, call)
        is_token = path.startswith(("jwt.", "@jsonwebtoken", "jsonwebtoken."))
        if is_token and len(call.arguments) > 1 and code.source(call.arguments[1]) in _NO_KEY:
            yield code.finding(RULE, call.node, "a token is verified without a key")
