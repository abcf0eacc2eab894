"""A version of TLS that is broken

## What it does
Reports SSL 2, SSL 3, TLS 1.0 and TLS 1.1 where they are chosen or allowed, cipher lists with RC4,
DES, export or anonymous suites, and `ssl.wrap_socket`, which checks nothing and chooses for itself.

## Why is this bad?
Connections under the old versions can be decrypted (POODLE, BEAST), and who stands between can
push both sides down to the worst version that they allow.

## Example
```python
context = ssl.SSLContext(ssl.PROTOCOL_TLSv1)
```

## Use instead
```python
context = ssl.create_default_context()
```

## References
- CWE-327: Use of a Broken or Risky Cryptographic Algorithm
- RFC 8996: Deprecating TLS 1.0 and TLS 1.1
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import certificates
from analyzers.patterns.calls import argument, methods, named
from analyzers.patterns.constants import text_of
from analyzers.rule import Rule

RULE = Rule(
    "weak-tls-version",
    cwe=327,
    severity="medium",
    confidence="high",
    aliases=("B502", "B503", "B504", "S502", "S503", "S504"),
    words=("sslv2", "sslv3", "tlsv1", "wrap_socket", "set_ciphers"),
)
fix = certificates.modern
_WEAK = re.compile(
    r"(^|\.)(PROTOCOL_(SSLv2|SSLv3|TLSv1|TLSv1_1)|(SSLv2|SSLv3|TLSv1|TLSv1_1)_METHOD"
    r"|TLSVersion\.(SSLv3|TLSv1|TLSv1_1))$"
)
# A part of a list counts unless it is taken away by ! or -.
_WEAK_SUITE = re.compile(r"(?:^|[:,+ ])(RC4|DES|3DES|EXPORT|EXP|NULL|aNULL|eNULL|ADH|LOW|MD5)\b")


def find(code: Code) -> Iterator[Finding]:
    """Names of old versions, outside of comparisons."""
    for node in code.nodes(ast.Attribute):
        name = code.name(node)
        if name is not None and _WEAK.search(name) and _is_chosen(code, node):
            message = f"{node.attr} is broken; use ssl.create_default_context()"
            yield code.finding(RULE, node, message)
    for call in named(code, "ssl.wrap_socket"):
        if not any(keyword.arg == "ssl_version" for keyword in call.keywords):
            message = "ssl.wrap_socket checks nothing; use ssl.create_default_context()"
            yield code.finding(RULE, call, message, confidence="medium")
    for call in methods(code, "set_ciphers"):
        suites = text_of(code, argument(call, 0, "ciphers"))
        if suites is not None and (weak := _WEAK_SUITE.search(suites)):
            yield code.finding(RULE, call, f"the cipher list allows {weak[1]}", confidence="medium")


def _is_chosen(code: Code, node: ast.Attribute) -> bool:
    above = code.parent(node)
    if isinstance(above, ast.Compare | ast.Attribute):
        return False
    if isinstance(above, ast.Assign):
        # As the newest version that is allowed it makes nothing worse.
        return not any(
            isinstance(target, ast.Attribute) and target.attr == "maximum_version"
            for target in above.targets
        )
    return True
