"""A temporary file that another can take

## What it does
Reports `tempfile.mktemp`, `os.tempnam` and `os.tmpnam`, and files with a fixed name in a folder
that everybody may write to (/tmp, /var/tmp, /dev/shm) where they are opened for writing.

## Why is this bad?
Between the choice of a name and its use another program can put a file or a link there, and yours
writes where it points. A fixed name needs no race at all.

## Example
```python
path = tempfile.mktemp(suffix=".csv")
```

## Use instead
```python
with tempfile.NamedTemporaryFile("w", suffix=".csv") as file: ...
```

## References
- CWE-377: Insecure Temporary File
- Python documentation: tempfile.mktemp, deprecated since 2.3
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import temporary_files
from analyzers.patterns.calls import argument, methods, named
from analyzers.patterns.constants import text_of
from analyzers.rule import Rule

RULE = Rule(
    "insecure-temp-file",
    cwe=377,
    severity="medium",
    confidence="high",
    aliases=("B108", "B306", "S108", "S306"),
    words=("mktemp", "tempnam", "tmpnam", "/tmp", "/dev/shm"),
)
fix = temporary_files.made
_SHARED = re.compile(r"(/var)?/tmp/|/dev/shm/")
_OPENERS = ("open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open")
_WRITERS = ("write_text", "write_bytes", "open", "touch")


def find(code: Code) -> Iterator[Finding]:
    """Names without files, and fixed names."""
    for call in named(code, "tempfile.mktemp", "os.tempnam", "os.tmpnam"):
        message = "another program can take this name first; use NamedTemporaryFile or mkstemp"
        yield code.finding(RULE, call, message)
    for call in named(code, *_OPENERS):
        if _is_shared(code, argument(call, 0, "file")) and _writes(code, call, 1):
            yield _fixed(code, call)
    for call in methods(code, *_WRITERS):
        path = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(path, ast.Call) and (code.name(path.func) or "").endswith("Path"):
            opened = isinstance(call.func, ast.Attribute) and call.func.attr == "open"
            if _is_shared(code, argument(path, 0, "")) and (not opened or _writes(code, call, 0)):
                yield _fixed(code, call)


def _fixed(code: Code, call: ast.Call) -> Finding:
    message = "everybody may put a link at this fixed name; use NamedTemporaryFile or mkdtemp"
    return code.finding(RULE, call, message, severity="low", confidence="medium")


def _is_shared(code: Code, path: ast.expr | None) -> bool:
    if isinstance(path, ast.JoinedStr) and path.values:
        path = path.values[0] if isinstance(path.values[0], ast.Constant) else None
    text = text_of(code, path)
    return text is not None and _SHARED.match(text) is not None


def _writes(code: Code, call: ast.Call, position: int) -> bool:
    mode = text_of(code, argument(call, position, "mode"))
    # "x" fails where there is something already, links included.
    return mode is not None and any(letter in mode for letter in "wa+")
