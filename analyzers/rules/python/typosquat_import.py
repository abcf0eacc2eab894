"""An import that looks like a famous module and is not it

## What it does
Reports an import of a module that nobody knows and whose name is that of a famous module with two
letters swapped, one doubled, dropped, added or changed in its middle, or a digit for a letter.

## Why is this bad?
Such names are registered by people who wait for the slip: whoever installs the package runs their
code, often one that works like the real one and sends secrets away.

## Example
```python
import reqeusts
```

## Use instead
```python
import requests
```

## References
- CWE-829: Inclusion of Functionality from Untrusted Control Sphere
- Vu et al., Typosquatting and Combosquatting Attacks on the Python Ecosystem (EuroS&PW 2020)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.imports.statements import guard, imported, renamed
from analyzers.imports.verdict import unknown_module
from analyzers.rule import Rule

RULE = Rule("typosquat-import", cwe=829, severity="high", confidence="medium", words=("import",))


def find(code: Code) -> Iterator[Finding]:
    """Imports of what only looks like a famous module."""
    for one in imported(code):
        unknown = None if one.level else unknown_module(one.top, code.project)
        if unknown is not None and unknown.kind == "slip":
            message = f"no known module is called {one.top}: {unknown.near} is meant"
            confidence = unknown.confidence if guard(code, one.node) == "none" else "low"
            finding = code.finding(RULE, one.node, message, confidence=confidence)
            yield replace(finding, span=one.span)


def fix(code: Code, finding: Finding) -> Fix | None:
    """The famous module's name, in the import and wherever the name is used."""
    for one in imported(code):
        if one.span == finding.span and not one.level:
            unknown = unknown_module(one.top, code.project)
            if unknown is not None and unknown.near is not None:
                return renamed(code, one, unknown.near)
    return None
