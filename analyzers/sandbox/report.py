"""Which mechanisms confine the programs on this machine, for the report of whoever runs them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SandboxReport:
    """What was found to work when the sandbox started."""

    mechanisms: tuple[str, ...]
    """Of "rlimits", "user", "pid", "mount", "net", "ipc" and "uts namespace", "landlock (ABI n)",
    "seccomp", "no capabilities", "unprivileged uid" and "audit hook"."""
    notes: tuple[str, ...] = ()
    """Why a mechanism is missing, one sentence each."""

    @property
    def confines_files(self) -> bool:
        """Whether the kernel keeps the rest of the file system out of a program's sight."""
        return "mount namespace" in self.mechanisms or self._has("landlock")

    @property
    def confines_calls(self) -> bool:
        """Whether the kernel refuses processes, programs and sockets."""
        return "seccomp" in self.mechanisms

    @property
    def is_weak(self) -> bool:
        """Whether hostile code could read or harm what is outside: then say so loudly."""
        return not (self.confines_files and self.confines_calls)

    def line(self) -> str:
        """The report in one line."""
        head = "WEAK SANDBOX, run no untrusted code: only " if self.is_weak else "sandbox: "
        return head + (", ".join(self.mechanisms) or "nothing")

    def _has(self, prefix: str) -> bool:
        return any(name.startswith(prefix) for name in self.mechanisms)
