"""Writes fixes into files: only whole, only verified, never half."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from analyzers.fixes.whole_text import is_worth_it, mend
from analyzers.review.errors import ReviewError
from analyzers.review.replacing import replace_bytes
from analyzers.review.reviewing import Job, Reviewed, report_on, review_text
from analyzers.review.targets import decoded


@dataclass(frozen=True, slots=True)
class Fixed:
    """A file after its fixes.

    reviewed: what is left in it.
    n_fixed: how many findings are gone.
    done: what the fixes did, in a few words each.
    why_not: why they could not be written, if they could not.
    """

    reviewed: Reviewed
    n_fixed: int = 0
    done: tuple[str, ...] = ()
    why_not: str = ""


def fix_file(reviewed: Reviewed, job: Job) -> Fixed:
    """Makes the fixes that are worth a change and writes the file if there were any.

    A file that cannot be written is unchanged, and says why.
    """
    findings, target = reviewed.report.findings, reviewed.target
    if reviewed.text is None or not any(map(is_worth_it, findings)):
        return Fixed(reviewed)
    result = mend(reviewed.text, reviewed.report, lambda text: report_on(target, text, job))
    if result.text == reviewed.text:
        return Fixed(reviewed)
    try:
        _write(reviewed, result.text)
    except ReviewError as error:
        return Fixed(reviewed, why_not=str(error))
    after = review_text(target, result.text, job)
    n_fixed = len(findings) - len(after.report.findings)
    return Fixed(after, n_fixed, tuple(dict.fromkeys(result.fixes)))


def _write(reviewed: Reviewed, text: str) -> None:
    path = Path(os.path.realpath(reviewed.target.path))
    try:
        status = path.stat()
        if not status.st_mode & 0o222:
            raise ReviewError("it is read-only")
        if status.st_nlink > 1:
            raise ReviewError("it has other names (hard links), which would keep the old text")
        data = path.read_bytes()
        if decoded(data, reviewed.target.language) != reviewed.text:
            raise ReviewError("it changed while it was reviewed; run again")
        mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
        written = mark + text.encode()
        if decoded(written, reviewed.target.language) != text:
            raise ReviewError("it is not UTF-8")
        replace_bytes(path, written)
    except OSError as error:
        raise ReviewError(
            f"it cannot be written: {error.strerror or error}; it is unchanged"
        ) from None
