"""Run records as JSON, read strictly: what is odd is named in one line, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from evals.atomic import write_text
from evals.errors import RecordError
from evals.json_fields import (
    count,
    dumps,
    flag,
    mapping,
    number,
    read_document,
    scalars,
    share,
    short,
    text,
    texts,
)
from evals.run_record import SCHEMA, RunRecord, SandboxReport, TaskVerdict

_REQUIRED = frozenset(
    {"schema", "eval", "created", "pass_at_1", "stderr", "pass_at_k", "n", "fingerprint"}
    | {"sandbox", "tokens", "seconds", "tasks", "partial", "canaries"}
)
_OPTIONAL = frozenset({"metrics", "selection"})
_TASK_KEYS = ("passed", "reason", "detail", "n", "n_passed", "seconds", "tokens")


def to_json(record: RunRecord) -> dict[str, object]:
    """The document of a record, ready for `json.dumps`."""
    return {
        "schema": SCHEMA,
        "eval": record.eval,
        "created": record.created,
        "pass_at_1": record.pass_at_1,
        "stderr": record.stderr,
        "pass_at_k": {str(k): value for k, value in record.pass_at_k.items()},
        "n": record.n,
        "fingerprint": dict(record.fingerprint),
        "sandbox": {
            "mechanisms": list(record.sandbox.mechanisms),
            "is_weak": record.sandbox.is_weak,
        },
        "tokens": dict(record.tokens),
        "seconds": dict(record.seconds),
        "metrics": dict(record.metrics),
        "tasks": {task_id: _task_to_json(verdict) for task_id, verdict in record.tasks.items()},
        "selection": None if record.selection is None else list(record.selection),
        "partial": record.partial,
        "canaries": dict(record.canaries),
    }


def from_json(document: object) -> RunRecord:
    """The record that a document holds.

    Raises:
        RecordError: the document is foreign, of another version, or malformed; one line says where.
    """
    if not isinstance(document, dict) or not {"schema", "eval", "tasks"} <= document.keys():
        raise RecordError("this is no run record: it has no schema, eval and tasks")
    if document["schema"] != SCHEMA or isinstance(document["schema"], bool):
        raise RecordError(
            f"the run record has schema {short(document['schema'])} and this version reads "
            f"{SCHEMA}; run the eval again with this version"
        )
    _require_keys(document, _REQUIRED, _OPTIONAL, "the run record")
    sandbox = mapping(document["sandbox"], "sandbox")
    _require_keys(sandbox, frozenset({"mechanisms", "is_weak"}), frozenset(), "sandbox")
    n = count(document["n"], "n")
    selection = document.get("selection")
    stderr = document["stderr"]
    return RunRecord(
        eval=text(document["eval"], "eval"),
        created=_moment(document["created"]),
        pass_at_1=share(document["pass_at_1"], "pass_at_1"),
        stderr=None if stderr is None else number(stderr, "stderr"),
        pass_at_k={
            _k(key): share(value, f"pass_at_k {key}")
            for key, value in mapping(document["pass_at_k"], "pass_at_k").items()
        },
        n=n,
        fingerprint={
            key: text(value, f"fingerprint {key}")
            for key, value in mapping(document["fingerprint"], "fingerprint").items()
        },
        sandbox=SandboxReport(
            texts(sandbox["mechanisms"], "sandbox mechanisms"),
            flag(sandbox["is_weak"], "sandbox is_weak"),
        ),
        tokens={
            key: count(value, f"tokens {key}")
            for key, value in mapping(document["tokens"], "tokens").items()
        },
        seconds={
            key: number(value, f"seconds {key}")
            for key, value in mapping(document["seconds"], "seconds").items()
        },
        tasks={
            task_id: _task_from_json(task_id, value, n)
            for task_id, value in mapping(document["tasks"], "tasks").items()
        },
        metrics=scalars(document.get("metrics", {}), "metrics"),
        selection=None if selection is None else texts(selection, "selection"),
        partial=flag(document["partial"], "partial"),
        canaries=scalars(document["canaries"], "canaries"),
    )


def write_record(path: Path, record: RunRecord) -> None:
    """Replaces `path` by the record's document.

    Raises:
        OutputError: the operating system refuses.
    """
    write_text(path, dumps(to_json(record)))


def read_record(path: Path) -> RunRecord:
    """The record in a file.

    Raises:
        RecordError: it cannot be read or is no record; the line names the file.
    """
    try:
        return from_json(read_document(path))
    except RecordError as error:
        raise error if str(path) in str(error) else RecordError(f"{path}: {error}") from error


def _task_to_json(verdict: TaskVerdict) -> dict[str, object]:
    fixed: dict[str, object] = {key: getattr(verdict, key) for key in _TASK_KEYS}
    return fixed | dict(verdict.metrics)


def _task_from_json(task_id: str, document: object, n: int) -> TaskVerdict:
    where = f"task {short(task_id)}"
    fields = mapping(document, where)
    if not {"passed", "reason"} <= fields.keys():
        raise RecordError(f"{where} lacks passed or reason")
    passed = flag(fields["passed"], f"{where} passed")
    if n > 1 and "n_passed" not in fields:
        raise RecordError(f"{where} lacks n_passed, which {n} samples need")
    try:
        return TaskVerdict(
            passed=passed,
            reason=text(fields["reason"], f"{where} reason"),
            detail=text(fields.get("detail", ""), f"{where} detail"),
            n=count(fields.get("n", n), f"{where} n"),
            n_passed=count(fields.get("n_passed", int(passed)), f"{where} n_passed"),
            seconds=number(fields.get("seconds", 0.0), f"{where} seconds"),
            tokens=count(fields.get("tokens", 0), f"{where} tokens"),
            metrics=scalars({k: v for k, v in fields.items() if k not in _TASK_KEYS}, where),
        )
    except RecordError as error:
        raise error if where in str(error) else RecordError(f"{where}: {error}") from error


def _require_keys(
    document: Mapping[str, object], required: frozenset[str], optional: frozenset[str], where: str
) -> None:
    missing = sorted(required - document.keys())
    unknown = sorted(document.keys() - required - optional)
    if missing or unknown:
        said = [f"lacks {', '.join(missing)}"] if missing else []
        said += [f"has unknown {short(', '.join(unknown))}"] if unknown else []
        raise RecordError(f"{where} {' and '.join(said)}")


def _k(key: str) -> int:
    if not (key.isascii() and key.isdecimal() and len(key) < 7 and int(key) > 0):
        raise RecordError(f"pass_at_k has the key {short(key)} and should have numbers from 1")
    return int(key)


def _moment(value: object) -> str:
    said = text(value, "created")
    try:
        offset = datetime.fromisoformat(said).utcoffset()
    except ValueError as error:
        raise RecordError(f"created is {short(said)} and should be an ISO time") from error
    if offset != timedelta(0):
        raise RecordError(f"created is {short(said)} and should be in UTC")
    return said
