"""A connection that trusts anybody

## What it does
Reports `rejectUnauthorized: false`, `strictSSL: false`, `NODE_TLS_REJECT_UNAUTHORIZED` set to 0,
and `checkServerIdentity` that checks nothing.

## Why is this bad?
Encryption to whoever answers protects from nobody: a machine on the way reads and changes all.

## Example
```javascript
const agent = new https.Agent({ rejectUnauthorized: false });
```

## Use instead
```javascript
const agent = new https.Agent({ ca: fs.readFileSync("company-ca.pem") });
```

## References
- CWE-295: Improper Certificate Validation
- Node.js documentation: tls.connect
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from analyzers.finding import Edit, Finding, Fix
from analyzers.javascript.built import constant
from analyzers.javascript.script import ScriptCode
from analyzers.rule import Rule

RULE = Rule(
    "js-tls-off",
    cwe=295,
    severity="high",
    confidence="high",
    languages=("javascript", "typescript"),
    words=(
        "rejectunauthorized",
        "strictssl",
        "node_tls_reject_unauthorized",
        "checkserveridentity",
    ),
)
_VARIABLE = "NODE_TLS_REJECT_UNAUTHORIZED"
_KEYS = ("rejectUnauthorized", "strictSSL")
_NOTHING = re.compile(r"^(?:\(\w*(?:,\s*\w+)?\)|\w+)\s*=>\s*(?:undefined|null|true|\{\s*\})$")


def find(code: ScriptCode) -> Iterator[Finding]:
    """Options that turn the check off."""
    for place, _ in _switches(code):
        yield code.finding(
            RULE, place, "this accepts any certificate: anybody can listen and answer"
        )
    for pair, value in code.pairs("checkServerIdentity"):
        if _NOTHING.match(code.source(value)):
            yield code.finding(RULE, pair, "no name in a certificate is checked")


def fix(code: ScriptCode, finding: Finding) -> Fix | None:
    """The check turned on."""
    for place, value in _switches(code):
        if code.span(place) == finding.span:
            text = "true" if code.source(value) in ("false", "!1") else '"1"'
            return Fix("check certificates", (Edit(code.span(value), text),))
    return None


def _switches(code: ScriptCode) -> Iterator[tuple[Node, Node]]:
    for pair, value in code.pairs(*_KEYS):
        # A server that asks for certificates may look at them itself.
        asks = "requestCert" in code.source(pair.parent) if pair.parent is not None else False
        if code.source(value) in ("false", "!1") and not asks:
            yield pair, value
    for target, value in code.assignments(*_KEYS):
        if code.source(value) == "false":
            yield target.parent or target, value
    for target, value in code.assignments(_VARIABLE, ""):
        if _VARIABLE in code.source(target) and constant(code, value) == "0":
            yield target.parent or target, value
