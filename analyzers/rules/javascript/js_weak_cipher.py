"""A cipher that can be broken

## What it does
Reports DES, 3DES, RC2, RC4 and Blowfish, any cipher in ECB mode, and `createCipher`, which makes
its key by MD5 and uses no initialisation vector.

## Why is this bad?
Small blocks and short keys are broken by trying. ECB shows which blocks are equal.

## Example
```javascript
const cipher = crypto.createCipheriv("aes-128-ecb", key, null);
```

## Use instead
```javascript
const cipher = crypto.createCipheriv("aes-256-gcm", key, crypto.randomBytes(12));
```

## References
- CWE-327: Use of a Broken or Risky Cryptographic Algorithm
- Node.js documentation: crypto.createCipheriv
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.finding import Finding
from analyzers.javascript.built import constant
from analyzers.javascript.script import ScriptCode
from analyzers.javascript.sinks import callee_path, calls
from analyzers.rule import Rule

RULE = Rule(
    "js-weak-cipher",
    cwe=327,
    severity="medium",
    confidence="high",
    languages=("javascript", "typescript"),
    words=("createcipher", "createdecipher"),
)
_WEAK = re.compile(r"(?:des|rc[24]|bf|blowfish|cast5?|idea|seed)\b|.*-ecb$", re.IGNORECASE)


def find(code: ScriptCode) -> Iterator[Finding]:
    """Ciphers by name, and the calls that are weak with any."""
    for call in calls(code, "createCipher", "createDecipher"):
        if callee_path(code, call).startswith(("@crypto", "crypto")):
            yield code.finding(RULE, call.node, f"{call.name} makes a weak key and no vector")
    for call in calls(code, "createCipheriv", "createDecipheriv"):
        name = constant(code, call.arguments[0]) if call.arguments else None
        if name is not None and _WEAK.match(name):
            yield code.finding(RULE, call.node, f"{name} can be broken")
