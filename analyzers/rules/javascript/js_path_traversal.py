"""A path that a client writes

## What it does
Reports files that are opened, sent, removed or loaded under a name that comes from a request or
from a page's address, unless `path.basename` or a check of the name comes before.

## Why is this bad?
`../../etc/passwd` is a name too. The client reads or overwrites any file that the server may.

## Example
```javascript
res.sendFile(path.join(__dirname, "files", req.params.name));
```

## Use instead
```javascript
res.sendFile(req.params.name, { root: path.join(__dirname, "files") });
```

## References
- CWE-22: Improper Limitation of a Pathname to a Restricted Directory
- OWASP: Path Traversal
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.finding import Finding
from analyzers.javascript.script import Call, ScriptCode
from analyzers.javascript.sinks import callee_path, calls, option, reached
from analyzers.javascript.sources import FOR_PATH
from analyzers.rule import Rule

RULE = Rule(
    "js-path-traversal",
    cwe=22,
    severity="high",
    confidence="high",
    languages=("javascript", "typescript"),
    words=("fs", "sendfile", "download(", "require", "import", "bun.file", "deno."),
)
_FILES = (
    "readFile", "readFileSync", "createReadStream", "createWriteStream", "writeFile",
    "writeFileSync", "appendFile", "appendFileSync", "unlink", "unlinkSync", "readdir",
    "readdirSync", "rm", "rmSync", "rmdir", "rmdirSync", "open", "openSync", "rename", "renameSync",
    "copyFile", "copyFileSync", "mkdir", "mkdirSync", "outputFile", "readJson", "readJSON",
    "readTextFile", "writeTextFile", "chmod", "chmodSync", "symlink", "symlinkSync", "truncate",
    "file", "remove", "cp", "cpSync",
)  # fmt: skip
_MODULES = ("@fs.", "@fs/promises.", "@fs-extra.", "@graceful-fs.", "fs.", "fsp.", "Deno.", "Bun.",
            "fsPromises.")  # fmt: skip
_OF_TWO = frozenset({"rename", "renameSync", "copyFile", "copyFileSync", "symlink", "symlinkSync"})


def find(code: ScriptCode) -> Iterator[Finding]:
    """Files under names from outside."""
    for call in calls(code, *_FILES):
        path = callee_path(code, call)
        if path.startswith(_MODULES):
            yield from _named(code, call, 2 if call.name in _OF_TWO else 1)
    for call in calls(code, "sendFile", "sendfile", "download"):
        if _is_answer(code, call):
            options = call.arguments[1] if len(call.arguments) > 1 else None
            if option(code, options, "root") is None:
                yield from _named(code, call, 1)
    for call in calls(code, "require", "import"):
        if call.callee.type in ("identifier", "import"):
            yield from _named(code, call, 1)


def _is_answer(code: ScriptCode, call: Call) -> bool:
    on = call.callee.child_by_field_name("object")
    return on is not None and code.source(on).startswith(("res", "reply", "ctx", "this.res"))


def _named(code: ScriptCode, call: Call, count: int) -> Iterator[Finding]:
    for value in call.arguments[:count]:
        found = list(reached(code, RULE, call.node, value, "the path of a file", clean=FOR_PATH))
        yield from found
        if found:
            return
