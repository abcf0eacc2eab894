"""Labelled data: whole files by category, and fragments by line.

`expected.csv` has the columns test, category, vulnerable (true or false) and cwe, as OWASP's
benchmarks have; the file of a test is found below the data folder by its name.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evals.errors import DatasetError
from evals.security.prompts import cwe_number, text_of
from evals.security.reading import read_items, read_source

_COLUMNS = ("test", "category", "vulnerable", "cwe")
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Label:
    """What a file is: vulnerable by `cwe`, or safe from it."""

    test: str
    category: str
    is_vulnerable: bool
    cwe: int


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A label with its file's text; None where it is missing or no text, which is `problem`."""

    label: Label
    text: str | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Fragment:
    """Insecure code of one weakness, which begins on `line` and goes up to `end_line`."""

    task_id: str
    text: str
    language_id: str
    cwe: int
    line: int
    end_line: int


def read_labels(path: Path) -> list[Label]:
    """The rows of `expected.csv`.

    Raises:
        DatasetError: it cannot be read, lacks a column, or a row holds something else.
    """
    rows = csv.reader(read_source(path).splitlines())
    head = [name.strip().lstrip("# ").lower() for name in next(rows, [])]
    missing = [name for name in _COLUMNS if name not in head]
    if missing:
        raise DatasetError(f"{path} has no column {missing[0]!r}; {', '.join(_COLUMNS)} are needed")
    labels: dict[str, Label] = {}
    try:
        for row in rows:
            if not row:
                continue
            label = _label(dict(zip(head, row, strict=True)))
            if label.test in labels:
                raise ValueError(f"{label.test!r} is labelled twice")
            labels[label.test] = label
    except (ValueError, csv.Error) as error:
        raise DatasetError(f"{path} line {rows.line_num}: {error}") from error
    if not labels:
        raise DatasetError(f"{path} holds no label")
    return list(labels.values())


def read_labelled(labels: list[Label], folder: Path) -> list[LabelledFile]:
    """The files of the labels; what cannot be read is kept as such, since it counts as missed.

    Raises:
        DatasetError: the folder is not there, or holds none of the files.
    """
    if not folder.is_dir():
        raise DatasetError(f"--data {folder} is no folder")
    paths: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.py")):
        paths.setdefault(path.stem, path)
    if not any(label.test in paths for label in labels):
        raise DatasetError(
            f"--data {folder} holds no file of the labels, such as {labels[0].test}.py"
        )
    return [_labelled(label, paths.get(label.test)) for label in labels]


def read_fragments(path: Path) -> list[Fragment]:
    """The fragments of CyberSecEval's shape: `origin_code` with `line_text` somewhere in it.

    Raises:
        DatasetError: the file is malformed.
    """
    fragments = []
    for number, item in enumerate(read_items(path), start=1):
        try:
            fragments.append(_fragment(item))
        except ValueError as error:
            raise DatasetError(f"{path} item {number}: {error}") from error
    if not fragments:
        raise DatasetError(f"{path} holds no fragment")
    return fragments


def _label(row: Mapping[str, str]) -> Label:
    truth, cwe = row["vulnerable"].strip().lower(), cwe_number(row["cwe"])
    if truth not in _TRUTH:
        raise ValueError(f"vulnerable is {row['vulnerable']!r} and should be true or false")
    if cwe is None:
        raise ValueError("cwe is empty")
    return Label(row["test"].strip(), row["category"].strip(), _TRUTH[truth], cwe)


def _labelled(label: Label, path: Path | None) -> LabelledFile:
    if path is None:
        return LabelledFile(label, None, "no such file")
    try:
        return LabelledFile(label, read_source(path))
    except DatasetError as error:
        return LabelledFile(label, None, str(error))


def _fragment(item: Mapping[str, object]) -> Fragment:
    code, line, language = (
        text_of(item, name) for name in ("origin_code", "line_text", "language")
    )
    cwe, at = cwe_number(item.get("cwe_identifier")), code.find(line)
    if cwe is None or at < 0 or not line.strip():
        raise ValueError("cwe_identifier is missing, or line_text is not in origin_code")
    first = code.count("\n", 0, at) + 1
    # The label's text ends where the pattern did, which may be within its line.
    last = first + line.rstrip("\n").count("\n")
    return Fragment(f"cyberseceval/{item.get('prompt_id')}", code, language, cwe, first, last)
