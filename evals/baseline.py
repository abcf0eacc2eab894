"""What a model could do when somebody last looked, in two or more runs of the same thing.

One run says what passed; the second says what the first would have said on another day. A
baseline file is {"how": the command that made it, "runs": [run record, run record, ...]}.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.atomic import write_text
from evals.errors import GateError, RecordError
from evals.json_fields import dumps, read_document
from evals.record_json import from_json, to_json
from evals.run_record import RunRecord

FOLDER = Path(__file__).parent / "baselines"

# Runs of one baseline may differ in the seed of their sampling and in nothing else.
_MAY_DIFFER = frozenset({"sampling", "seed"})


@dataclass(frozen=True, slots=True)
class Baseline:
    """Runs of one evaluation of one model, fit to be compared with.

    Raises:
        GateError: fewer than two runs, a partial run, or runs of different things.
    """

    how: str
    runs: tuple[RunRecord, ...]

    def __post_init__(self) -> None:
        if len(self.runs) < 2:
            raise GateError(
                f"a baseline needs two runs to know its own noise and this one has {len(self.runs)}"
            )
        first = self.runs[0]
        if not first.tasks:
            raise GateError("a baseline of no tasks can be compared with nothing")
        for run in self.runs:
            if run.partial:
                raise GateError(f"the run of {run.created} is partial; a baseline needs whole runs")
            unlike = _unlike(first, run)
            if unlike:
                raise GateError(f"the runs of a baseline have different {', '.join(unlike)}")

    @property
    def first(self) -> RunRecord:
        """The run that names and reasons are taken from."""
        return self.runs[0]


def baseline_path(model: str, eval_name: str, mode: str, folder: Path = FOLDER) -> Path:
    """Where the baseline of a model lies: `<model>.<eval>.<mode>.json`, safe as a file name."""
    parts = (
        re.sub(r"[^A-Za-z0-9._-]+", "-", part).strip(".-") for part in (model, eval_name, mode)
    )
    return folder / f"{'.'.join(parts)}.json"


def write_baseline(path: Path, runs: Sequence[RunRecord], how: str) -> Baseline:
    """Replaces the baseline at `path` by these runs.

    Raises:
        GateError: the runs make no baseline.
        OutputError: the operating system refuses.
    """
    baseline = Baseline(how, tuple(runs))
    document = {"how": how, "runs": [to_json(run) for run in baseline.runs]}
    write_text(path, dumps(document))
    return baseline


def read_baseline(path: Path) -> Baseline:
    """The baseline at `path`.

    Raises:
        GateError: there is none, or it is malformed; one line says what and where.
    """
    if not path.exists():
        raise GateError(f"there is no baseline at {path}; make one with --update-baseline")
    try:
        document = read_document(path)
        if not isinstance(document, dict) or document.keys() != {"how", "runs"}:
            raise RecordError("this is no baseline: it has other keys than how and runs")
        how, runs = document["how"], document["runs"]
        if not isinstance(how, str) or not isinstance(runs, list):
            raise RecordError("how should be text and runs a list of run records")
        return Baseline(how, tuple(from_json(run) for run in runs))
    except (RecordError, GateError) as error:
        said = str(error)
        raise GateError(said if str(path) in said else f"{path}: {said}") from error


def _unlike(first: RunRecord, run: RunRecord) -> list[str]:
    unlike = [name for name in ("eval", "n") if getattr(first, name) != getattr(run, name)]
    if first.tasks.keys() != run.tasks.keys():
        unlike.append("tasks")
    names = (first.fingerprint.keys() | run.fingerprint.keys()) - _MAY_DIFFER
    return unlike + sorted(
        name for name in names if first.fingerprint.get(name) != run.fingerprint.get(name)
    )
