"""Runs untrusted Python where it can neither harm nor decide anything.

    with Sandbox() as sandbox:
        print(sandbox.report.line())
        with sandbox.start("def double(x): return 2 * x") as program:
            assert program.call("double", (21,)) == 42

The caller judges; the program only answers, in plain values (`values`), from a process that holds
neither the expected answers nor a way to where they lie. What ended it otherwise is one of the
kinds in `errors`.

    sandbox   Sandbox: starts programs       program   Program: calls and their failures
    outcome   whole programs                 channel   frames, output and the clock
    zygote    the warm interpreter           bundle    its source
    values    plain values as bytes          limits, report, errors

    child/server       forks a supervisor for each program, from a clean memory
    child/supervisor   makes the program's corner, watches its time, kills it
    child/candidate    answers calls         child/whole_program   runs `__main__`
    child/confinement  rlimits, nobody, no capabilities, then landlock and seccomp
    child/namespaces, landlock, seccomp, syscalls, kernel, visible
    child/policy       the audit hook that makes an attempt count though the kernel stopped it

bubblewrap is not used: see `child/namespaces`. Linux first; elsewhere only resource limits are
left, and `SandboxReport.is_weak` says so.
"""

from analyzers.sandbox.errors import (
    BadAnswer,
    BlockedCall,
    OutOfMemory,
    ProgramDied,
    ProgramFailed,
    ProgramRaised,
    SandboxBroken,
    SandboxError,
    SandboxUnavailable,
    TimedOut,
)
from analyzers.sandbox.limits import Limits
from analyzers.sandbox.outcome import Outcome
from analyzers.sandbox.program import Program
from analyzers.sandbox.report import SandboxReport
from analyzers.sandbox.sandbox import Sandbox
from analyzers.sandbox.values import Opaque

__all__ = [
    "BadAnswer",
    "BlockedCall",
    "Limits",
    "Opaque",
    "OutOfMemory",
    "Outcome",
    "Program",
    "ProgramDied",
    "ProgramFailed",
    "ProgramRaised",
    "Sandbox",
    "SandboxBroken",
    "SandboxError",
    "SandboxReport",
    "SandboxUnavailable",
    "TimedOut",
]
