"""Engines measured in turn, each in its own process, so that what the machine does meets all."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

# OpenMP's threads spin for a moment after their work; the next engine's turn begins after that.
_REST_S = 0.05


class EngineFailed(Exception):
    """An engine's process ended or said something that is no answer; one line."""


@dataclass(frozen=True, slots=True)
class Case:
    """A measurement: a step of `n` tokens behind `context` cached ones; prefill where none are."""

    n: int
    context: int | None = None

    @property
    def name(self) -> str:
        """As it is printed."""
        if self.context is None:
            return f"prefill of {self.n}"
        return f"step of {self.n} at {self.context}"

    @property
    def request(self) -> dict[str, object]:
        """As an engine is asked."""
        if self.context is None:
            return {"do": "prefill", "n": self.n}
        return {"do": "step", "n": self.n, "context": self.context}


@dataclass(slots=True)
class Engine:
    """A process that answers lines of JSON."""

    command: Sequence[str]
    name: str = ""
    load_s: float = 0.0
    start_s: float = 0.0
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def open(self) -> None:
        """Starts the process and waits until its model is loaded."""
        started = time.perf_counter()
        try:
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        except OSError as error:
            raise EngineFailed(f"{self.command[0]} cannot be run: {error.strerror}") from error
        ready = self._read()
        self.start_s = time.perf_counter() - started
        self.name, self.load_s = str(ready["name"]), float(str(ready["load_s"]))

    def seconds(self, case: Case) -> float | None:
        """Measures once; None where the engine has no such step."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(case.request) + "\n")
        self._process.stdin.flush()
        found = self._read()["s"]
        return None if found is None else float(str(found))

    def peak_bytes(self) -> int | None:
        """The most memory that the process held; None where the system does not tell."""
        assert self._process is not None
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return None
        lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(lines[0].split()[1]) * 1024 if lines else None

    def close(self) -> None:
        """Ends the process by ending its input."""
        process, self._process = self._process, None
        if process is not None:
            # Closes both pipes, and waits.
            process.communicate()

    def _read(self) -> dict[str, object]:
        assert self._process is not None
        assert self._process.stdout is not None
        # Libraries print what they like; an answer is a line that is a JSON object.
        for line in self._process.stdout:
            if line.startswith("{"):
                answer: dict[str, object] = json.loads(line)
                return answer
        code = self._process.wait()
        self.close()
        raise EngineFailed(f"{' '.join(self.command[:3])} ended with exit code {code}")


@dataclass(frozen=True, slots=True)
class Result:
    """All that was measured of one case: the seconds of each engine by its name, in order."""

    case: Case
    seconds: dict[str, list[float]]

    def median_s(self, name: str) -> float | None:
        """The median of an engine, None where it has no such step."""
        times = self.seconds.get(name)
        return median(times) if times else None

    def ratio(self, ours: str, theirs: str) -> float | None:
        """How many times faster ours is: the median over rounds, whose two runs are neighbours."""
        pairs = list(zip(self.seconds.get(ours, []), self.seconds.get(theirs, []), strict=False))
        return median(their / our for our, their in pairs) if pairs else None


def compete(engines: Sequence[Engine], case: Case, rounds: int) -> Result:
    """Measures a case on all engines in turn, after one turn that does not count."""
    seconds: dict[str, list[float]] = {engine.name: [] for engine in engines}
    for turn in range(rounds + 1):
        for engine in engines:
            found = engine.seconds(case)
            if found is not None and turn > 0:
                seconds[engine.name].append(found)
            time.sleep(_REST_S)
    return Result(case, seconds)
