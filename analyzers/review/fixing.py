"""Writes fixes into files: only whole, only verified, never half."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzers.finding import Edit, Finding
from analyzers.review.errors import ReviewError
from analyzers.review.reviewing import Job, Reviewed, review_text
from analyzers.review.targets import decoded

# Fixes that touch each other are made one round after the other.
_MOST_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Fixed:
    """A file after its fixes: what is left in it, and how many findings are gone."""

    reviewed: Reviewed
    n_fixed: int


def fix_file(reviewed: Reviewed, job: Job) -> Fixed:
    """Applies the fixes of a file's findings and writes the file if it became better.

    A round that does not lower the number of findings is not kept.

    Raises:
        ReviewError: the file cannot be written, or changed in the meantime.
    """
    if reviewed.text is None:
        return Fixed(reviewed, 0)
    best = reviewed
    for _ in range(_MOST_ROUNDS):
        if best.text is None:
            break
        text = applied(best.text, best.report.findings)
        if text == best.text:
            break
        next_one = review_text(reviewed.target, text, job)
        is_better = len(next_one.report.findings) < len(best.report.findings)
        if not next_one.report.is_checked or not is_better:
            break
        best = next_one
    if best.text is not None and best is not reviewed:
        _write(reviewed, best.text)
    return Fixed(best, len(reviewed.report.findings) - len(best.report.findings))


def applied(text: str, findings: Sequence[Finding]) -> str:
    """The text with the fixes of the findings, of fixes that overlap the first one alone."""
    taken: list[Edit] = []
    for finding in findings:
        edits = finding.fix.edits if finding.fix is not None else ()
        new = [edit for edit in edits if edit not in taken]  # Two fixes may want one import.
        if new and not any(_touch(edit, other) for edit in new for other in taken):
            taken += new
    for edit in sorted(taken, key=lambda edit: edit.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def _touch(one: Edit, other: Edit) -> bool:
    return one.span.start <= other.span.end and other.span.start <= one.span.end


def _write(reviewed: Reviewed, text: str) -> None:
    path = Path(os.path.realpath(reviewed.target.path))
    data = path.read_bytes()
    if decoded(data, reviewed.target.language) != reviewed.text:
        raise ReviewError(f"{reviewed.target.shown} changed while it was reviewed; run again")
    encoding = "utf-8"
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    try:
        written = mark + text.encode(encoding)
        if decoded(written, reviewed.target.language) != text:
            raise ReviewError(f"{reviewed.target.shown} is not UTF-8; fixes are not written to it")
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(written)
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(path, name)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ReviewError(
            f"{reviewed.target.shown} cannot be written: {error.strerror or error}; it is unchanged"
        ) from None
