"""A shell command built from data

## What it does
Reports data that reaches a shell: `os.system`, `os.popen`, `subprocess` with `shell=True`, a list
whose program is a shell, or the name of a program to start. Where the data was seen to come from
a request, the finding is sure; a command that is not constant is reported less sure.

## Why is this bad?
A shell reads `;`, `|`, `$( )` and more in what it is given: data becomes commands.

## Example
```python
subprocess.run(f"ping -c 1 {host}", shell=True)
```

## Use instead
```python
subprocess.run(["ping", "-c", "1", "--", host])
```

## References
- CWE-78: Improper Neutralization of Special Elements used in an OS Command
- Python documentation: Security Considerations of `subprocess`
- OWASP OS Command Injection Defense Cheat Sheet
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import shell
from analyzers.flow.analysis import analysis
from analyzers.flow.called import calls_of
from analyzers.flow.events import Event
from analyzers.flow.sinks import Hit, Judgement, Sink, findings, hits, judged
from analyzers.flow.value import Value
from analyzers.rule import Rule

RULE = Rule(
    "command-injection",
    cwe=78,
    severity="high",
    confidence="medium",
    aliases=("B602", "S602", "B604", "S604", "B605", "S605", "B609", "S609"),
    words=(
        "system", "popen", "subprocess", "shell", "check_output", "getoutput", "getstatusoutput",
        "spawn", "exec", "call(", "run(", "startfile", "sudo(", "local(",
    ),
)  # fmt: skip
fix = shell.without_shell
_SHELLS = (
    Sink(
        (
            "os.system", "os.popen", "os.popen2", "os.popen3", "os.popen4", "popen2.popen2",
            "popen2.popen3", "subprocess.getoutput", "subprocess.getstatusoutput",
            "commands.getoutput", "commands.getstatusoutput", "asyncio.create_subprocess_shell",
            "asyncio.subprocess.create_subprocess_shell", "posix.system",
            "platform.popen",
        ),
        keywords=("cmd", "command"),
    ),
    Sink((".exec_command",), keywords=("command",)),
)  # fmt: skip
_PROCESSES = frozenset(
    {
        "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output",
        "subprocess.Popen", "asyncio.create_subprocess_exec", "Popen", "check_output",
        "check_call", "os.startfile", "subprocess32.Popen", "gevent.subprocess.Popen",
        "sh.Command", "plumbum.local", "pty.spawn", "os.posix_spawn", "os.posix_spawnp",
        *(f"os.{verb}{kind}" for verb in ("exec", "spawn")
          for kind in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")),
    }
)  # fmt: skip
# Whatever is called with `shell=True` is one.
_PROGRAMS = frozenset(
    {"sh", "bash", "zsh", "dash", "ksh", "cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh"}
)
_PROGRAMS_PATHS = ("/bin/", "/usr/bin/", "/usr/local/bin/")
_RUNS_TEXT = frozenset({"-c", "/c", "/C", "-Command", "-lc", "-ec", "-command"})
# Connections of Fabric and contexts of Invoke hand what they run to a shell.
_RUNNERS = re.compile(r"(^|\.)(fabric\.Connection|fabric\.connection\.Connection|invoke\.Context)$")
_OF_RUNNERS = Sink((".run", ".sudo", ".local"), keywords=("command",))
_FABRIC = Sink(
    ("fabric.api.run", "fabric.api.sudo", "fabric.api.local", "invoke.run"), keywords=("command",)
)
# What is given to these is split into words as a shell would, but run without one.
_SPLIT = Sink(("pexpect.run", "pexpect.spawn"), keywords=("command",))
CALLS = calls_of(*_SHELLS, _PROCESSES, ("shell",), _FABRIC, _OF_RUNNERS, _SPLIT)
_BUILT = Judgement("command", unknown="built")
_ANY = Judgement("command", unknown="all")
_PROVEN = Judgement("command", local=None, unknown="none")
_MESSAGE = "this command is made of {source}, which a shell would read; pass a list without a shell"
_OF_PROGRAM = "which program this starts is up to {source}; name the program in the code"


def find(code: Code) -> Iterator[Finding]:
    """Commands that are made of data."""
    found = list(hits(code, _SHELLS, _ANY))
    found += hits(code, (_FABRIC,), _BUILT)
    found += [replace(hit, confidence="medium") for hit in hits(code, (_SPLIT,), _PROVEN)]
    for hit in hits(code, (_OF_RUNNERS,), _BUILT):
        if hit.event.receiver is not None and _RUNNERS.search(hit.event.receiver.kind):
            found.append(hit)
    programs: list[Hit] = []
    seen = analysis(code)
    words = {name.rpartition(".")[2] for name in _PROCESSES}
    for event in seen.calls(sorted(words)):
        if event.name in _PROCESSES:
            shell, program = _of_process(event)
            found += shell
            programs += program
    for event in seen.of("call"):
        if event.name not in _PROCESSES and _has_shell(event) and event.arguments:
            found += _hit(event, event.arguments[0], _ANY)
    yield from findings(code, RULE, found, _MESSAGE)
    shells = {hit.event.node for hit in found}
    programs = [hit for hit in programs if hit.event.node not in shells]
    yield from findings(code, RULE, programs, _OF_PROGRAM)


def _hit(event: Event, value: Value | None, judgement: Judgement) -> list[Hit]:
    hit = None if value is None else judged(event, value, judgement)
    return [] if hit is None else [hit]


def _has_shell(event: Event) -> bool:
    value = event.keywords.get("shell")
    return value is not None and any(value.options)


def _of_process(event: Event) -> tuple[list[Hit], list[Hit]]:
    """What a shell reads, and what names the program."""
    is_exec = event.name.startswith(("os.exec", "os.spawn", "os.posix_spawn"))
    command = event.argument(int(event.name.startswith("os.spawn")), "args", "program")
    if command is None:
        return [], []
    if _has_shell(event):
        return _hit(event, command, _ANY), []
    if is_exec and (listed := _listed(event)):
        return _of_list(event, listed)
    thing = event.thing(command)
    items = list(event.arguments) if event.method.startswith("create_subprocess") else None
    if items is None and thing is not None and thing.items is not None:
        items = list(thing.items)
    if items is None:
        # A text without a shell is the name of a program; a list that is not known is a list.
        is_text = thing is None and (command.kind == "str" or command.is_built)
        return [], _of_program(event, command) if is_text or thing is None else []
    return _of_list(event, items)


def _listed(event: Event) -> list[Value]:
    """The arguments that the program gets, its own name first: `os.execvp(file, args)`."""
    start = int(event.name.startswith("os.spawn")) + 1
    given = list(event.arguments[start:])
    # What follows a list is the environment.
    thing = event.thing(given[0]) if given else None
    if thing is not None:
        given = list(thing.items or ())
    return given


def _of_program(event: Event, name: Value) -> list[Hit]:
    # With constant text around it, the name is seldom that of any program.
    return [
        replace(hit, confidence="medium") if hit.value.is_built else hit
        for hit in _hit(event, name, _PROVEN)
    ]


def _of_list(event: Event, items: list[Value]) -> tuple[list[Hit], list[Hit]]:
    if not items:
        return [], []
    if _is_shell(items[0]) and len(items) > 2:
        runs_text = any(set(item.options) & _RUNS_TEXT for item in items[1:-1])
        read = items[2:] if runs_text else []
        return [hit for item in read for hit in _hit(event, item, _ANY)], []
    return [], _of_program(event, items[0])


def _is_shell(value: Value) -> bool:
    for option in value.options:
        name = str(option)
        for folder in _PROGRAMS_PATHS:
            name = name.removeprefix(folder)
        if name in _PROGRAMS:
            return True
    return False
