"""What can end a program, and what can keep the sandbox from running one.

SandboxError                 the sandbox itself is at fault, or its caller
├── SandboxUnavailable       not even resource limits work here: nothing is run
└── SandboxBroken            a confinement that worked at start failed later
ProgramFailed                the program is at fault; `reason` names the kind in one word
├── ProgramRaised            its code raised
├── TimedOut                 wall clock or CPU
├── OutOfMemory
├── BlockedCall              it tried what the sandbox forbids
├── ProgramDied              its process ended by itself
└── BadAnswer                what it sent back is malformed, too large, too deep or endless
"""

from __future__ import annotations

from typing import ClassVar


class SandboxError(Exception):
    """The sandbox or its caller is at fault, never the program that was run."""


class SandboxUnavailable(SandboxError):
    """This machine offers no confinement at all."""


class SandboxBroken(SandboxError):
    """The sandbox's own processes failed; what ran in it has no verdict."""


class ProgramFailed(Exception):
    """The program did not answer with a value."""

    reason: ClassVar[str] = "failed"


class ProgramRaised(ProgramFailed):
    """The program's code raised an exception, which is all that is known to be true of it."""

    reason: ClassVar[str] = "exception"

    def __init__(self, type_name: str, message: str) -> None:
        """Takes both texts as the program claims them."""
        super().__init__(f"{type_name}: {message}" if message else type_name)
        self.type_name = type_name
        self.message = message


class TimedOut(ProgramFailed):
    """The program used up its wall clock or its CPU time."""

    reason: ClassVar[str] = "timeout"


class OutOfMemory(ProgramFailed):
    """The program asked for more memory than its limit."""

    reason: ClassVar[str] = "memory"


class BlockedCall(ProgramFailed):
    """The program tried what the sandbox forbids and was ended for it."""

    reason: ClassVar[str] = "blocked"

    def __init__(self, what: str) -> None:
        """Takes what was tried, as well as it is known."""
        super().__init__(f"tried what the sandbox forbids: {what}")
        self.what = what


class ProgramDied(ProgramFailed):
    """The program's process ended without an answer."""

    reason: ClassVar[str] = "died"


class BadAnswer(ProgramFailed):
    """The program's answer cannot be taken as a plain value."""

    reason: ClassVar[str] = "bad answer"
