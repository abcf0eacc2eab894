"""Is a program right? Its tests run here, the program runs in the sandbox, only values cross.

The candidate's process is sent a function's name and its arguments and answers with a plain value,
which is decoded into Python's own types and compared here. It never holds the tests, the expected
values or anything that decides: an object that claims to equal everything arrives as an `Opaque`
that equals nothing, and a program that ends itself has answered nothing.
"""

from __future__ import annotations

import builtins
import importlib
import os
import random
import time
import types
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from analyzers.sandbox.errors import (
    BadAnswer,
    BlockedCall,
    OutOfMemory,
    ProgramDied,
    ProgramRaised,
    SandboxBroken,
    SandboxError,
    TimedOut,
)
from analyzers.sandbox.limits import Limits
from analyzers.sandbox.program import Program
from analyzers.sandbox.sandbox import Sandbox

Reason = Literal[
    "passed",
    "wrong answer",
    "exception",
    "timeout",
    "memory",
    "blocked system call",
    "exited",
    "missing",
]
_DETAIL_CHARS = 300
_MOST_JUDGED_AGAIN = 8


@dataclass(frozen=True, slots=True)
class Case:
    """A program and the tests that decide on it.

    source: untrusted; run in the sandbox.
    helpers: trusted source, run here, whose names the tests may use.
    test: trusted source that defines `check(candidate)`.
    """

    case_id: str
    source: str
    entry_point: str
    helpers: str
    test: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the tests hold and, if not, why. `detail` may quote the candidate: hostile text."""

    passed: bool
    reason: Reason
    detail: str
    seconds: float

    @property
    def is_late(self) -> bool:
        """Whether the clock ran out before the processor time did."""
        return self.reason == "timeout" and "CPU" not in self.detail


def judge(sandbox: Sandbox, case: Case, limits: Limits | None = None) -> Verdict:
    """Runs one program against its tests; never raises for what the program does.

    Raises:
        SandboxError: the sandbox is at fault, so that there is no verdict.
    """
    started = time.perf_counter()
    reason, detail = _outcome(sandbox, case, limits)
    seconds = time.perf_counter() - started
    return Verdict(reason == "passed", reason, _one_line(detail), round(seconds, 4))


def judge_all(
    sandbox: Sandbox,
    cases: Iterable[Case],
    *,
    jobs: int,
    limits: Limits | None = None,
    done: Callable[[], object] = lambda: None,
) -> list[Verdict]:
    """Judges many programs, `jobs` at a time; the verdicts come in the order of the cases.

    More jobs than cores would take a program's time for another one's fault. What the clock ended,
    and not its own use of the processor, is judged once more by itself, up to a few programs.
    """

    def one(case: Case) -> Verdict:
        verdict = judge(sandbox, case, limits)
        done()
        return verdict

    cases = list(cases)
    jobs = min(jobs, os.cpu_count() or 1)
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="judge") as pool:
        verdicts = list(pool.map(one, cases))
    late = [i for i, verdict in enumerate(verdicts) if verdict.is_late] if jobs > 1 else []
    for i in late[:_MOST_JUDGED_AGAIN]:
        verdicts[i] = judge(sandbox, cases[i], limits)
    return verdicts


def _outcome(sandbox: Sandbox, case: Case, limits: Limits | None) -> tuple[Reason, str]:
    try:
        with _started(sandbox, case, limits) as program:

            def candidate(*args: Any, **kwargs: Any) -> Any:
                try:
                    return program.call(case.entry_point, args, kwargs)
                except OSError as error:
                    raise _broken(error) from error

            namespace = _trusted(case.helpers, case.case_id)
            # Some tests call the function by its own name.
            namespace[case.entry_point] = candidate
            exec(case.test, namespace)
            namespace["check"](candidate)
        # What it tried beside its answers may be known only now that it has ended.
        if program.failure is not None:
            raise program.failure
    except ProgramRaised as error:
        return "exception", f"{error.type_name}: {error.message}"
    except TimedOut as error:
        return "timeout", str(error)
    except OutOfMemory as error:
        return "memory", str(error)
    except BlockedCall as error:
        return "blocked system call", str(error)
    except ProgramDied as error:
        return "exited", str(error)
    except (BadAnswer, AssertionError) as error:
        return "wrong answer", str(error)
    except SandboxError:
        raise
    except Exception as error:  # noqa: BLE001 - The tests choke on a value: it is a wrong one.
        return "wrong answer", f"the tests could not use the value: {type(error).__name__}: {error}"
    return "passed", ""


def _started(sandbox: Sandbox, case: Case, limits: Limits | None) -> Program:
    try:
        return sandbox.start(case.source, limits=limits)
    except OSError as error:
        raise _broken(error) from error


def _broken(error: OSError) -> SandboxBroken:
    """What this process lacks is no fault of the program that it judges."""
    return SandboxBroken(f"a program cannot be judged here ({error}); try fewer --jobs")


def _trusted(helpers: str, case_id: str) -> dict[str, Any]:
    """A namespace with the helpers, in which `random` is seeded by the case and shared with none.

    Tests draw inputs at random; from a shared generator two runs would not see the same ones.
    """
    private = types.ModuleType("random")
    generator = random.Random(zlib.crc32(case_id.encode()))
    for name in dir(generator):
        if not name.startswith("_"):
            setattr(private, name, getattr(generator, name))
    private.Random = random.Random  # type: ignore[attr-defined]

    def importer(
        name: str,
        globals_: Mapping[str, object] | None = None,
        locals_: Mapping[str, object] | None = None,
        fromlist: tuple[str, ...] = (),
        level: int = 0,
    ) -> types.ModuleType:
        if name == "random":
            return private
        return importlib.__import__(name, globals_, locals_, fromlist, level)

    namespace: dict[str, Any] = {
        "__name__": "trusted",
        "__builtins__": {**vars(builtins), "__import__": importer},
    }
    exec(helpers, namespace)
    return namespace


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _DETAIL_CHARS else f"{line[: _DETAIL_CHARS - 1]}…"


def verdict_counts(verdicts: Iterable[Verdict]) -> Iterator[tuple[Reason, int]]:
    """How many verdicts have each reason, most frequent first."""
    counts: dict[Reason, int] = {}
    for verdict in verdicts:
        counts[verdict.reason] = counts.get(verdict.reason, 0) + 1
    yield from sorted(counts.items(), key=lambda item: (-item[1], item[0]))
