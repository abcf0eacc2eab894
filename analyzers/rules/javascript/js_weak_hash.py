"""A hash that can be forged

## What it does
Reports MD5, MD4 and SHA-1 in `crypto.createHash`, `createHmac`, CryptoJS and the packages `md5` and
`sha1`. Said with less weight where the names around speak of caches, checksums or tags.

## Why is this bad?
Two texts with the same hash can be made at will, so a signature or a check of a download proves
nothing; and passwords under so fast a hash are guessed by the billion.

## Example
```javascript
const digest = crypto.createHash("md5").update(data).digest("hex");
```

## Use instead
```javascript
const digest = crypto.createHash("sha256").update(data).digest("hex");
```

## References
- CWE-328: Use of Weak Hash
- OWASP: Password Storage Cheat Sheet
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from analyzers.finding import Confidence, Edit, Finding, Fix, Severity, Span
from analyzers.fixes.hash_uses import PASSWORD
from analyzers.javascript.built import constant
from analyzers.javascript.script import ScriptCode
from analyzers.javascript.sinks import callee_path, calls
from analyzers.rule import Rule

RULE = Rule(
    "js-weak-hash",
    cwe=328,
    severity="medium",
    confidence="medium",
    languages=("javascript", "typescript"),
    words=("md5", "sha1", "sha-1", "md4"),
)
_WEAK = re.compile(r"(?:rsa-)?(?:md[245]|sha-?1|ripemd)$", re.IGNORECASE)
_HARMLESS = re.compile(
    r"etag|cache|checksum|fingerprint|dedup|gravatar|color|colour|bucket|shard", re.I
)
_PROTOCOL = re.compile(r"content-?md5", re.IGNORECASE)
_SECRET = re.compile(r"passw|pwd|secret|token|sign", re.IGNORECASE)


def find(code: ScriptCode) -> Iterator[Finding]:
    """Weak hashes by name."""
    for call in calls(code, "createHash", "createHmac"):
        name = constant(code, call.arguments[0]) if call.arguments else None
        if name is not None and _WEAK.match(name) and not _is_asked_for(code, call.node):
            yield _finding(code, call.node, name)
    for call in calls(code, "MD5", "SHA1", "HmacMD5", "HmacSHA1"):
        if "CryptoJS" in code.source(call.callee) or "@crypto-js" in callee_path(code, call):
            yield _finding(code, call.node, call.name)
    for call in calls(code, "md5", "sha1"):
        if callee_path(code, call) in ("@md5", "@sha1", "@js-md5", "@js-sha1", "@blueimp-md5.md5"):
            yield _finding(code, call.node, call.name)


def fix(code: ScriptCode, finding: Finding) -> Fix | None:
    """SHA-256 in its place, where the name stands in the call."""
    for call in calls(code, "createHash", "createHmac"):
        if code.span(call.node) == finding.span and call.arguments[0].type == "string":
            if PASSWORD.search(_around(code, finding.span)):
                return None  # What is stored would no longer match, and SHA-256 is as fast.
            span = code.span(call.arguments[0])
            return Fix("use SHA-256", (Edit(Span(span.start + 1, span.end - 1), "sha256"),))
    return None


def _is_asked_for(code: ScriptCode, node: Node) -> bool:
    """Whether a protocol wants this sum of what is sent: `Content-MD5`."""
    return _PROTOCOL.search(_around(code, code.span(node))) is not None


def _around(code: ScriptCode, span: Span) -> str:
    return code.text[max(0, span.start - 120) : span.end + 120]


def _finding(code: ScriptCode, node: Node, name: str) -> Finding:
    start, end = code.span(node).start, code.span(node).end
    line = code.text[code.text.rfind("\n", 0, start) + 1 :].partition("\n")[0]
    around = _around(code, Span(start, end))
    severity: Severity = "medium"
    confidence: Confidence = "medium"
    if _SECRET.search(line):
        confidence = "high"
    elif _HARMLESS.search(around):
        severity = confidence = "low"
    message = f"{name} is too weak to protect anything"
    return code.finding(RULE, node, message, severity=severity, confidence=confidence)
