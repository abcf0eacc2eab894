"""The folder of saved runs: one document a run, and whatever else somebody put there."""

from __future__ import annotations

import hashlib
from pathlib import Path

from evals.atomic import write_text
from evals.errors import OutputError, RecordError
from evals.json_fields import dumps
from evals.record_json import read_record, to_json
from evals.run_record import RunRecord


def save_run(folder: Path, record: RunRecord) -> Path:
    """Writes the run's document into `folder`, under a name that two runs never share.

    Raises:
        OutputError: the operating system refuses.
    """
    text = dumps(to_json(record))
    digest = hashlib.sha256(text.encode("ascii")).hexdigest()[:8]
    moment = record.created[:19].replace("-", "").replace(":", "")
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in record.eval)
    path = folder / f"{moment}.{name}.{digest}.json"
    write_text(path, text)
    return path


def read_history(folder: Path) -> tuple[list[RunRecord], list[str]]:
    """The runs saved in `folder`, oldest first and each once, and a line for each other document.

    Raises:
        OutputError: the folder cannot be read.
    """
    runs: list[RunRecord] = []
    problems: list[str] = []
    try:
        paths = sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))
    except OSError as error:
        raise OutputError(f"cannot read {folder}: {error.strerror or error}") from error
    for path in paths:
        try:
            record = read_record(path)
        except RecordError as error:
            problems.append(str(error))
            continue
        if record not in runs:
            runs.append(record)
    return sorted(runs, key=lambda run: run.created), problems
