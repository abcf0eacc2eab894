"""What a failure may say of itself."""

from __future__ import annotations

import traceback

from codegen.errors import LeadsmanError


def describe(exc: BaseException) -> str:
    """One line about a failure, without the message of errors that may quote a document."""
    if isinstance(exc, LeadsmanError):
        return str(exc)
    frames = traceback.extract_tb(exc.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(exc).__name__}{place}"
