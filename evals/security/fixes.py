"""Whether fixes keep what programs do and take away what can be done to them.

A case is one file: an insecure program, a line `# ---- checks ----`, and checks. Those are
functions of another module, which imports the program as `program`; each either returns or
raises. Their
names start with `functional`, which hold before and after a fix, or `security`, of which at least
one fails before and none after. All run in the sandbox, which starts no programs: a check of
commands brings a shell of its own.
"""

from __future__ import annotations

import ast
import json
import secrets
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzers.check import scan
from analyzers.fixes.mended import Mended
from analyzers.fixes.whole_text import mend
from analyzers.report import Report
from analyzers.sandbox import Limits, Sandbox
from evals.errors import DatasetError

_CUT = "# ---- checks ----\n"
_LIMITS = Limits(wall_s=30.0, cpu_s=20.0)
_MAIN = """
import sys
sys.path.insert(0, ".")
failed = {{}}
try:
    import checks
    names = [name for name in vars(checks) if name.startswith(("functional", "security"))]
except BaseException as error:
    names, failed = [], {{"functional: import": repr(error)}}
for name in names:
    try:
        getattr(checks, name)()
    except BaseException as error:
        failed[name] = repr(error)
import json
print({token!r} + json.dumps([names, failed]))
"""


@dataclass(frozen=True, slots=True)
class Case:
    """An insecure program and what is asked of it."""

    name: str
    program: str
    checks: str


@dataclass(frozen=True, slots=True)
class Ran:
    """Which checks there were, and which failed why."""

    names: tuple[str, ...]
    failed: dict[str, str]

    @property
    def works(self) -> bool:
        """Whether every functional check holds."""
        return bool(self.names) and not any(name.startswith("functional") for name in self.failed)

    @property
    def is_secure(self) -> bool:
        """Whether every security check holds."""
        return bool(self.names) and not any(name.startswith("security") for name in self.failed)


@dataclass(frozen=True, slots=True)
class Judged:
    """One case before and after its fixes; `after` is None where no fix was made."""

    case: Case
    before: Ran
    after: Ran | None
    text: str
    fixes: tuple[str, ...]

    @property
    def is_mended(self) -> bool:
        """Whether both kinds of checks hold now."""
        return self.after is not None and self.after.works and self.after.is_secure


def read_cases(folder: Path) -> list[Case]:
    """The cases of a folder, by name.

    Raises:
        DatasetError: One has no checks, or there are none.
    """
    cases = [_case(path) for path in sorted(folder.glob("*.py.txt"))]
    if not cases:
        raise DatasetError(f"no cases (*.py.txt) in {folder}")
    return cases


def _case(path: Path) -> Case:
    program, cut, checks = path.read_text(encoding="utf-8").partition(_CUT)
    if not cut:
        raise DatasetError(f"{path} has no line {_CUT.strip()!r}")
    return Case(path.name.removesuffix(".py.txt"), program.rstrip() + "\n", checks)


def sandbox() -> Sandbox:
    """One in which the packages that are installed here can be imported."""
    return Sandbox(_LIMITS, importable=[sysconfig.get_path("purelib")])


def run(box: Sandbox, case: Case, program: str, support: dict[str, str]) -> Ran:
    """Runs a case's checks on a text of its program."""
    token = secrets.token_hex(16)
    files = {"program.py": program, "checks.py": case.checks, **support}
    outcome = box.run(
        _MAIN.format(token=token), files={name: text.encode() for name, text in files.items()}
    )
    _, found, answer = outcome.stdout.decode(errors="replace").rpartition(token)
    if not found:
        told = str(outcome.failure or outcome.stderr.decode(errors="replace")[-300:])
        return Ran(_names(case), dict.fromkeys(_names(case), told))
    names, failed = json.loads(answer)
    return Ran(tuple(names), dict(failed))


def _names(case: Case) -> tuple[str, ...]:
    tree = ast.parse(case.checks)
    return tuple(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def mend_program(text: str) -> Mended:
    """What `leadsman review --fix` makes of a Python file."""

    def look(current: str) -> Report:
        return scan(current, "python")

    return mend(text, look(text), look)


def judge(box: Sandbox, case: Case, support: dict[str, str]) -> Judged:
    """Runs a case before and after its fixes."""
    before = run(box, case, case.program, support)
    mended = mend_program(case.program)
    after = run(box, case, mended.text, support) if mended.fixes else None
    return Judged(case, before, after, mended.text, mended.fixes)


def read_support(folder: Path) -> dict[str, str]:
    """The modules that checks of a folder share."""
    shared = sorted((folder / "support").glob("*.py"))
    return {path.name: path.read_text(encoding="utf-8") for path in shared}


def lines(judged: Sequence[Judged]) -> list[str]:
    """A line for each case, and the share."""
    told: list[str] = []
    for one in judged:
        if one.is_mended:
            said = f"mended: {'; '.join(one.fixes)}"
        elif one.after is None:
            said = "no fix"
        else:
            said = "; ".join(f"{name}: {why}" for name, why in one.after.failed.items())
        told.append(f"{one.case.name:32} {said}")
    n = sum(one.is_mended for one in judged)
    told.append(
        f"{n} of {len(judged)} programs work and hold after their fixes ({n / len(judged):.0%})"
    )
    return told
