"""JSON read strictly: each value is what it should be, or one line says where it is not."""

from __future__ import annotations

import json
import math
from pathlib import Path

from evals.errors import RecordError

# What a figure beside the fixed ones may be.
Scalar = str | int | float | bool | None


def read_document(path: Path) -> object:
    """The JSON in a file, without what JSON does not allow: NaN, infinities, doubled keys.

    Raises:
        RecordError: the file cannot be read, or is no JSON.
    """
    try:
        return json.loads(path.read_bytes(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except OSError as error:
        raise RecordError(f"cannot read {path}: {error.strerror or error}") from error
    except RecursionError as error:
        raise RecordError(f"{path} is nested too deeply for a run record") from error
    except ValueError as error:
        raise RecordError(f"{path} is no JSON document: {short(str(error))}") from error


def dumps(document: object) -> str:
    """JSON text; ASCII, since a candidate's text may hold surrogates that no encoding takes."""
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key {key!r} stands twice in one object")
            seen.add(key)
    return document


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")


def mapping(value: object, where: str) -> dict[str, object]:
    """An object."""
    if not isinstance(value, dict):
        raise RecordError(f"{where} is {short(value)} and should be an object")
    return value


def text(value: object, where: str) -> str:
    """A text."""
    if not isinstance(value, str):
        raise RecordError(f"{where} is {short(value)} and should be text")
    return value


def texts(value: object, where: str) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list):
        raise RecordError(f"{where} is {short(value)} and should be a list of text")
    return tuple(text(part, where) for part in value)


def flag(value: object, where: str) -> bool:
    """A truth value."""
    if not isinstance(value, bool):
        raise RecordError(f"{where} is {short(value)} and should be true or false")
    return value


def count(value: object, where: str) -> int:
    """A whole number from 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise RecordError(f"{where} is {short(value)} and should be a whole number from 0")
    return value


def number(value: object, where: str) -> float:
    """A finite number from 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordError(f"{where} is {short(value)} and should be a number from 0")
    try:
        checked = float(value)
    except OverflowError as error:
        raise RecordError(f"{where} is too large") from error
    if not math.isfinite(checked) or checked < 0:
        raise RecordError(f"{where} is {short(value)} and should be a number from 0")
    return checked


def share(value: object, where: str) -> float:
    """A number from 0 to 1."""
    if (checked := number(value, where)) > 1:
        raise RecordError(f"{where} is {short(value)} and should be from 0 to 1")
    return checked


def scalars(value: object, where: str) -> dict[str, Scalar]:
    """An object of single values."""
    checked: dict[str, Scalar] = {}
    for key, part in mapping(value, where).items():
        if part is not None and not isinstance(part, str | int | float):
            raise RecordError(f"{where} {short(key)} is {short(part)} and should be one value")
        if isinstance(part, float) and not math.isfinite(part):
            raise RecordError(f"{where} {short(key)} is too large for a number")
        checked[key] = part
    return checked


def short(value: object) -> str:
    """A value as one short line for a message."""
    shown = ascii(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
