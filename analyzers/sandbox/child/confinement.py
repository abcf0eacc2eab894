"""Takes a freshly forked process's powers away, step by step, in the one order that works."""

# pathlib would be more code for every fork to carry, and programs patch it.
# ruff: noqa: PTH110

from __future__ import annotations

import math
import os
import resource
from dataclasses import dataclass, field

from analyzers.sandbox.child import kernel, landlock, namespaces, seccomp, visible

# What people have; each thread takes as much of the address space.
_STACK_BYTES = 8 << 20
# The kernel counts all programs of a user together; the address space bounds one's threads before.
_ALL_THREADS = 4096


@dataclass
class Plan:
    """What the zygote found to work; a step of the plan that fails later is an error."""

    mechanisms: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    readable: list[str] = field(default_factory=list)
    """What the audit hook lets a program read."""
    hidden: list[str] = field(default_factory=list)
    """Directories of packages within them, which it does not."""
    landlock_rules: list[tuple[str, int]] = field(default_factory=list)
    switches_uid: bool = False

    @property
    def has_namespaces(self) -> bool:
        """Whether the zygote lives in a root of its own."""
        return "mount namespace" in self.mechanisms


def limit_resources(limits: dict[str, float], plan: Plan) -> None:
    """Sets the resource limits, soft and hard.

    Raises:
        OSError, ValueError: A limit is refused.
    """
    cpu_s = math.ceil(limits["cpu_s"]) + 1  # The supervisor ends it to the millisecond.
    wanted = {
        resource.RLIMIT_CPU: cpu_s,
        resource.RLIMIT_FSIZE: int(limits["file_bytes"]),
        resource.RLIMIT_NOFILE: int(limits["open_files"]),
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_STACK: _STACK_BYTES,
        resource.RLIMIT_AS: int(limits["memory_bytes"]),
    }
    # Counted per user: without a user of their own the programs would share the caller's count.
    if plan.has_namespaces or plan.switches_uid:
        wanted[resource.RLIMIT_NPROC] = _ALL_THREADS
    elif "seccomp" not in plan.mechanisms:
        wanted[resource.RLIMIT_NPROC] = 1
    for which, value in wanted.items():
        _, hard = resource.getrlimit(which)
        bounded = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (bounded, bounded))


def drop_privileges(plan: Plan) -> None:
    """Becomes nobody, without capabilities and without a way back to any.

    Raises:
        OSError: A step is refused.
    """
    if "no capabilities" not in plan.mechanisms:
        return
    kernel.drop_bounding_capabilities()
    if plan.switches_uid:
        os.setgroups([])
        os.setresgid(namespaces.INNER_ID, namespaces.INNER_ID, namespaces.INNER_ID)
        os.setresuid(namespaces.INNER_ID, namespaces.INNER_ID, namespaces.INNER_ID)
    kernel.drop_capabilities()
    kernel.forbid_new_privileges()
    kernel.forbid_dumps()


def confine(limits: dict[str, float], plan: Plan, scratch: str) -> None:
    """Applies the whole plan to this process. Afterwards untrusted code may run in it.

    Raises:
        OSError, ValueError: A step that worked when the sandbox started does not.
    """
    os.chdir(scratch)
    limit_resources(limits, plan)
    drop_privileges(plan)
    kernel.die_with_parent()  # A change of user forgets it, hence here.
    if "landlock" in plan.mechanisms:
        rules = [*plan.landlock_rules, (scratch, landlock.READ_AND_WRITE)]
        landlock.confine(rules)
    if "seccomp" in plan.mechanisms:
        seccomp.confine(os.getpid())


def landlock_rules(plan: Plan, readable: list[str], extra: list[str]) -> list[tuple[str, int]]:
    """What Landlock lets a program read, in a root of its own or in the common one."""
    if plan.has_namespaces:
        rules = [("/", landlock.READ)]
    else:
        paths = visible.without_hidden(readable, plan.hidden) + extra
        rules = [(path, landlock.READ) for path in paths]
    devices = [path for path in visible.DEVICES if os.path.exists(path)]
    return rules + [(path, landlock.READ_AND_WRITE_FILE) for path in devices]
