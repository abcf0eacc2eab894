"""A server that is taken at its word

## What it does
Reports SSH clients that accept unknown host keys: paramiko's `AutoAddPolicy` and `WarningPolicy`,
`known_hosts=None` for asyncssh, `hostkeys = None` for pysftp, and `StrictHostKeyChecking=no`.

## Why is this bad?
Whoever answers at the address is believed, receives the password, and can pass everything on.

## Example
```python
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
```

## Use instead
```python
client.load_system_host_keys()
client.set_missing_host_key_policy(paramiko.RejectPolicy())
```

## References
- CWE-295: Improper Certificate Validation
- RFC 4251, section 4.1: Host Keys
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import certificates
from analyzers.patterns.calls import keyword, methods, named
from analyzers.rule import Rule

RULE = Rule(
    "ssh-host-key",
    cwe=295,
    severity="medium",
    confidence="high",
    aliases=("B507", "S507"),
    words=("host_key", "known_hosts", "hostkeys", "stricthostkeychecking"),
)
fix = certificates.verified
_POLICIES = ("AutoAddPolicy", "WarningPolicy")
_MESSAGE = "any host key is accepted; load the known hosts and reject others"


def find(code: Code) -> Iterator[Finding]:
    """Policies, parameters and options that accept any key."""
    for call in methods(code, "set_missing_host_key_policy"):
        for given in (*call.args, *(each.value for each in call.keywords)):
            policy = given.func if isinstance(given, ast.Call) else given
            if (code.name(policy) or "").endswith(_POLICIES):
                yield code.finding(RULE, call, _MESSAGE)
    for call in named(code, "asyncssh.connect", "asyncssh.create_connection"):
        hosts = keyword(call, "known_hosts")
        if isinstance(hosts, ast.Constant) and hosts.value is None:
            yield code.finding(RULE, call, _MESSAGE)
    for node in code.nodes(ast.Assign):
        nothing = isinstance(node.value, ast.Constant) and node.value.value is None
        if nothing and any(
            isinstance(t, ast.Attribute) and t.attr == "hostkeys" for t in node.targets
        ):
            yield code.finding(RULE, node, _MESSAGE)
    if "stricthostkeychecking" in code.text.lower():
        yield from _options(code)


def _options(code: Code) -> Iterator[Finding]:
    for node in code.nodes(ast.Constant):
        text = node.value.lower().replace(" ", "") if isinstance(node.value, str) else ""
        # A docstring, or a question about another text.
        is_said = isinstance(code.parent(node), ast.Expr | ast.Compare)
        if "stricthostkeychecking=no" in text and not is_said:
            yield code.finding(RULE, node, _MESSAGE, confidence="medium")
