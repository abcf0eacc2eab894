"""The child's modules as text, so that its interpreter needs no path to this project."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
# In the order of their imports.
_MODULES = (
    "plain",
    "value_reading",
    "value_writing",
    "values",
    "child.syscalls",
    "child.kernel",
    "child.visible",
    "child.seccomp",
    "child.landlock",
    "child.namespaces",
    "child.policy",
    "child.confinement",
    "child.candidate",
    "child.whole_program",
    "child.supervisor",
    "child.server",
)

# Each module gets a copy of the builtins, since programs replace those of the interpreter.
BOOTSTRAP = """
import builtins, json, sys, types
job = json.load(sys.stdin)
for name in job["packages"]:
    sys.modules[name] = types.ModuleType(name)
for name, source in job["modules"]:
    module = types.ModuleType(name)
    module.__dict__["__builtins__"] = dict(builtins.__dict__)
    sys.modules[name] = module
    parent, _, last = name.rpartition(".")
    setattr(sys.modules[parent], last, module)
    exec(compile(source, f"<{name}>", "exec"), module.__dict__)
del source
module.main(job.pop("control"), job.pop("config"))
"""


@cache
def _sources() -> list[tuple[str, str]]:
    return [
        (f"analyzers.sandbox.{name}", (_HERE / f"{name.replace('.', '/')}.py").read_text("utf-8"))
        for name in _MODULES
    ]


def text(control: int, config: dict[str, Any]) -> bytes:
    """What the bootstrap reads from its standard input."""
    return json.dumps(
        {
            "packages": ["analyzers", "analyzers.sandbox", "analyzers.sandbox.child"],
            "modules": _sources(),
            "control": control,
            "config": config,
        }
    ).encode()
