"""Text from outside in a shell command

## What it does
Reports `exec` and `execSync` of `child_process`, its `spawn` and `execFile` with `shell: true` or
with a shell for a program, and libraries that do the same, when the command is put together of more
than constants. It is proven where a part comes from a request.

## Why is this bad?
The shell reads the whole text: `; rm -rf ~` in a file name is a second command.

## Example
```javascript
exec(`convert ${req.body.name} out.png`);
```

## Use instead
```javascript
execFile("convert", [req.body.name, "out.png"]);
```

## References
- CWE-78: Improper Neutralization of Special Elements used in an OS Command
- Node.js documentation: child_process.exec
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tree_sitter import Node

from analyzers.finding import Confidence, Finding
from analyzers.javascript.built import constant, is_built
from analyzers.javascript.script import Call, ScriptCode
from analyzers.javascript.sinks import callee_path, calls, option, reached
from analyzers.javascript.sources import FOR_SHELL
from analyzers.rule import Rule

RULE = Rule(
    "js-command-injection",
    cwe=78,
    severity="high",
    confidence="high",
    languages=("javascript", "typescript"),
    words=("exec", "spawn", "shell"),
)
_SHELL_CALLS = frozenset(
    {"@child_process.exec", "@child_process.execSync", "@shelljs.exec", "@execa.command",
     "@execa.commandSync", "@execa.execaCommand", "@execa.execaCommandSync",
     "@child-process-promise.exec"}
)  # fmt: skip
# What the module is called in text whose imports are out of sight.
_BY_NAME = ("child_process", "childProcess", "cp", "shell", "shelljs")
_PROGRAM_CALLS = ("spawn", "spawnSync", "execFile", "execFileSync", "fork")
_SHELLS = ("sh", "bash", "zsh", "dash", "cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh")
_OFF = ("false", "undefined", "null", "0", "''", '""')
_BARE = ("exec", "execSync", "execAsync", "execPromise")


def find(code: ScriptCode) -> Iterator[Finding]:
    """Commands for a shell that are not constant."""
    for call in calls(code, *_BARE, "command", "commandSync", "execaCommand", "execaCommandSync"):
        if call.arguments and _takes_a_command(code, call):
            yield from _command(code, call, call.arguments[0])
    for call in calls(code, *_PROGRAM_CALLS):
        if call.arguments and _is_of_module(code, call):
            yield from _program(code, call)


def _takes_a_command(code: ScriptCode, call: Call) -> bool:
    path = callee_path(code, call)
    if path in _SHELL_CALLS or path.rpartition(".")[0] in _BY_NAME:
        return True
    # A name that comes from out of sight; `exec` is also a method of regular expressions.
    return call.callee.type == "identifier" and call.name in _BARE and "@" not in path


def _is_of_module(code: ScriptCode, call: Call) -> bool:
    path = callee_path(code, call)
    known = ("@child_process.", "child_process.", "@cross-spawn", "cp.")
    return path.startswith(known) or call.callee.type == "identifier"


def _command(code: ScriptCode, call: Call, command: Node) -> Iterator[Finding]:
    yield from reached(
        code, RULE, call.node, command, "part of a shell command", clean=FOR_SHELL,
        unknown=("high", "medium") if is_built(code, command) else ("medium", "medium"),
        local=("medium", "medium"),
    )  # fmt: skip


def _program(code: ScriptCode, call: Call) -> Iterator[Finding]:
    options = call.arguments[-1] if len(call.arguments) > 1 else None
    shell = option(code, options, "shell")
    program = constant(code, call.arguments[0])
    if shell is not None and code.source(shell) not in _OFF:
        for value in call.arguments[:2]:
            found = list(_command(code, call, value)) if value is not options else []
            yield from found
            if found:
                return
    elif program is not None and program.rpartition("/")[2] in _SHELLS and len(call.arguments) > 1:
        listed = call.arguments[1]
        if listed.type == "array" and len(listed.named_children) > 1:
            yield from _command(code, call, listed.named_children[1])
    elif program is None and call.name != "fork":
        name = call.arguments[0]
        # With constant text around it, the name is seldom that of any program.
        sure: Confidence = "medium" if is_built(code, name) else "high"
        for finding in reached(code, RULE, call.node, name, "the program that is run"):
            yield replace(finding, confidence=sure)
