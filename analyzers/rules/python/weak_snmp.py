"""SNMP without a lock

## What it does
Reports versions 1 and 2c of SNMP and version 3 without authentication or encryption, through
pysnmp.

## Why is this bad?
The community string of the old versions goes over the network in the clear, and who has it reads,
and often changes, the configuration of the device.

## Example
```python
CommunityData("public", mpModel=0)
```

## Use instead
```python
UsmUserData("reader", auth_key, private_key)
```

## References
- CWE-319: Cleartext Transmission of Sensitive Information
- RFC 3414: User-based Security Model for SNMPv3
"""

from __future__ import annotations

from analyzers.rule import Rule

RULE = Rule(
    "weak-snmp",
    cwe=319,
    severity="medium",
    confidence="medium",
    aliases=("B508", "B509", "S508", "S509"),
    words=("communitydata", "usmuserdata"),
)
