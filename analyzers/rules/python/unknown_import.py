"""An import of a module that does not exist

## What it does
Reports an import whose module is neither in the standard library of any Python, nor in the
project's environment, nor among its own files and declared dependencies, nor a module of a project
that many people use. Says which real module comes nearest. Where only a part of the project could
be seen, less is said.

## Why is this bad?
A language model makes up names of packages that sound right. At best the import fails. At worst
somebody has registered the name, because models make up the same ones again and again, and whoever
installs it runs their code.

## Example
```python
import beautifulsoup4
```

## Use instead
```python
import bs4
```

## References
- CWE-1357: Reliance on Insufficiently Trustworthy Component
- Spracklen et al., We Have a Package for You! (USENIX Security 2025)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.imports import workspace
from analyzers.imports.folders import modules_in
from analyzers.imports.nearest import nearest
from analyzers.imports.statements import Imported, guard, imported, renamed
from analyzers.imports.verdict import UnknownModule, unknown_module
from analyzers.rule import Rule

RULE = Rule("unknown-import", cwe=1357, severity="medium", confidence="medium", words=("import",))


def find(code: Code) -> Iterator[Finding]:
    """Imports of nothing."""
    for one in imported(code):
        if one.level:
            yield from _relative(code, one)
            continue
        unknown = unknown_module(one.top, code.project)
        if unknown is None or unknown.kind == "slip":
            continue
        guarded = guard(code, one.node)
        if guarded == "caught" and unknown.kind == "unknown":
            continue
        confidence = unknown.confidence if guarded == "none" else "low"
        finding = code.finding(RULE, one.node, _message(unknown), confidence=confidence)
        yield replace(finding, span=one.span)


def fix(code: Code, finding: Finding) -> Fix | None:
    """The real name, where there is one and every use of the wrong one is in sight."""
    for one in imported(code):
        if one.span == finding.span and not one.level:
            unknown = unknown_module(one.top, code.project)
            if unknown is not None and unknown.near is not None:
                return renamed(code, one, unknown.near)
    return None


def _message(unknown: UnknownModule) -> str:
    if unknown.kind == "project name":
        return f"no module is called {unknown.name}: the project is imported as {unknown.near}"
    hint = f"; the nearest is {unknown.near}" if unknown.near else ""
    return f"no known module is called {unknown.name}{hint}"


def _relative(code: Code, one: Imported) -> Iterator[Finding]:
    # What a build writes is not there before it.
    last = one.module.rpartition(".")[2]
    if last.startswith("_") or last.endswith(("_pb2", "_pb2_grpc", "version")):
        return
    folder = workspace.missing_sibling(one.module, one.level, code.project)
    guarded = guard(code, one.node)
    if folder is None or guarded == "caught":
        return
    missing = one.module.partition(".")[0]
    beside = modules_in(str(folder))
    near = nearest(missing, (beside,))
    hint = f"; the nearest is {near}" if near is not None and near in beside else ""
    message = f"no module of this package is called {missing}{hint}"
    confidence = RULE.confidence if guarded == "none" else "low"
    yield replace(code.finding(RULE, one.node, message, confidence=confidence), span=one.span)
