"""A file that everybody may change

## What it does
Reports file modes that let every user of the machine write: in `chmod`, `mkdir`, `open` and their
kin, a `umask` of 0, and `chmod 777` in a command. For what is called a key or a secret, a mode that
lets others read it too. Of objects in S3, an ACL that lets everybody write or read.

## Why is this bad?
Any other account, that of a broken web server say, can then put in what this one runs or reads.

## Example
```python
os.chmod(path, 0o777)
```

## Use instead
```python
os.chmod(path, 0o700)
```

## References
- CWE-732: Incorrect Permission Assignment for Critical Resource
"""

from __future__ import annotations

import ast
import re
import stat
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding, Severity
from analyzers.fixes import modes
from analyzers.patterns.calls import argument, keyword, methods, names
from analyzers.patterns.constants import number_of, text_of
from analyzers.patterns.names import identifiers, words_of
from analyzers.rule import Rule
from analyzers.spelling import folded

RULE = Rule(
    "permissive-mode",
    cwe=732,
    severity="medium",
    confidence="high",
    aliases=("B103", "S103"),
    words=("chmod", "mkdir", "makedirs", "umask", "os.open", "mkfifo", "mknod", "touch", "acl"),
)
fix = modes.for_owner
_MODES = {
    "os.chmod": (1, "mode"), "os.fchmod": (1, "mode"), "os.lchmod": (1, "mode"),
    "os.mkdir": (1, "mode"), "os.makedirs": (1, "mode"), "os.open": (2, "mode"),
    "os.mkfifo": (1, "mode"), "os.mknod": (1, "mode"),
}  # fmt: skip
_PATH_MODES = {"chmod": "mode", "mkdir": "mode", "touch": "mode", "lchmod": "mode"}
_SECRET = {"key", "secret", "secrets", "password", "passwd", "shadow", "credentials", "private"}
_SECRET |= {"token", "pem", "rsa", "ssh"}
_COMMAND = re.compile(r"\bchmod\s+(-\w+\s+)*(0?[0-7]{0,2}[2367]|(a|o|ugo)\+\w*w\w*)\b")


def find(code: Code) -> Iterator[Finding]:
    """Modes that give others too much."""
    for name, call in names(code):
        if name in _MODES:
            yield from _judged(code, call, argument(call, *_MODES[name]), name.rpartition(".")[2])
        elif name == "os.umask" and _is_zero(code, call):
            message = "with a umask of 0 everybody may write to new files; use 0o077"
            yield code.finding(RULE, call, message, confidence="medium")
    for call in methods(code, *_PATH_MODES):
        if isinstance(call.func, ast.Attribute) and code.name(call.func) not in _MODES:
            position = 0 if call.func.attr in ("chmod", "lchmod", "mkdir", "touch") else 1
            mode = argument(call, position, _PATH_MODES[call.func.attr])
            yield from _judged(code, call, mode, call.func.attr)
    if "chmod" in folded(code.text):
        yield from _commands(code)
    if "public-read" in folded(code.text):
        yield from _of_stores(code)


def _judged(code: Code, call: ast.Call, mode: ast.expr | None, function: str) -> Iterator[Finding]:
    bits = _at_least(code, mode)
    # Where something is made, the umask of most accounts takes the right to write away again.
    severity: Severity = "medium" if "chmod" in function else "low"
    if bits & stat.S_IWOTH:
        message = f"mode {bits:#o} lets every user write; use 0o700 or 0o600"
        yield code.finding(RULE, call, message, severity=severity)
    elif bits & (stat.S_IROTH | stat.S_IRGRP) and not bits & 0o111 and _is_secret(call):
        message = f"mode {bits:#o} lets other users read what looks secret; use 0o600"
        yield code.finding(RULE, call, message, confidence="medium")


def _of_stores(code: Code) -> Iterator[Finding]:
    """What S3 lets everybody write, or read: the second may be meant for a public site."""
    for call in code.nodes(ast.Call):
        packed = keyword(call, "ExtraArgs")
        acl = keyword(call, "ACL")
        if isinstance(packed, ast.Dict):
            named = zip(packed.keys, packed.values, strict=True)
            acl = next((v for k, v in named if text_of(code, k) == "ACL"), acl)
        chosen = text_of(code, acl)
        if chosen == "public-read-write":
            yield code.finding(RULE, call, "everybody may write to this object; make it private")
        elif chosen == "public-read":
            message = "everybody may read this object; make it private if it is not for everybody"
            yield code.finding(RULE, call, message, severity="low", confidence="low")


def _is_zero(code: Code, call: ast.Call) -> bool:
    """Whether it stays 0: who keeps the old mask reads it and puts it back."""
    stays = isinstance(code.parent(call), ast.Expr)
    return stays and bool(call.args) and number_of(code, call.args[0]) == 0


def _at_least(code: Code, mode: ast.expr | None) -> int:
    """The bits that are set whatever the rest of the expression is."""
    if isinstance(mode, ast.BinOp) and isinstance(mode.op, ast.BitOr):
        return _at_least(code, mode.left) | _at_least(code, mode.right)
    name = code.name(mode) if mode is not None else None
    if name is not None and name.rpartition(".")[2].startswith("S_I"):
        known = getattr(stat, name.rpartition(".")[2], 0)
        return known if isinstance(known, int) else 0
    number = number_of(code, mode)
    return number if number is not None and number >= 0 else 0


def _is_secret(call: ast.Call) -> bool:
    texts = [n.value for n in ast.walk(call) if isinstance(n, ast.Constant)]
    said = [*identifiers(call), *(text for text in texts if isinstance(text, str))]
    return any(set(words_of(each)) & _SECRET for each in said)


def _commands(code: Code) -> Iterator[Finding]:
    for node in code.nodes(ast.expr):
        if isinstance(node, ast.List):
            parts = [part.value for part in node.elts if isinstance(part, ast.Constant)]
            text = " ".join(part for part in parts if isinstance(part, str))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        in_call = isinstance(code.parent(node), ast.Call | ast.JoinedStr | ast.BinOp)
        if in_call and _COMMAND.search(text):
            message = "this lets every user of the machine write; use 700 or 600"
            yield code.finding(RULE, node, message, confidence="medium")
