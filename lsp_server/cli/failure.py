"""What a failed command says: one line on stderr and, where --json was given, one document.

Every command fails by raising, so that this is the only place that decides how it looks.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

from codegen.errors import LeadsmanError, ModelNotFound


class UsageError(LeadsmanError):
    """Arguments that no command accepts; the usage has been printed already."""


class Parser(argparse.ArgumentParser):
    """Raises where argparse would end the process, so that wrong usage fails like all else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Takes what argparse takes; options have one spelling, which `wants` looks for."""
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})

    def error(self, message: str) -> NoReturn:
        """Prints the usage and raises UsageError."""
        self.print_usage(sys.stderr)
        raise UsageError(f"{self.prog}: error: {message}")


def wants(option: str, arguments: Sequence[str]) -> bool:
    """Whether a flag is among the arguments, which may be too wrong to be parsed."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return option in options


def unwritten(error: OSError) -> LeadsmanError:
    """A full disk below standard output, as a line that says so."""
    return LeadsmanError(f"the output cannot be written: {error.strerror or error}")


def report(error: Exception, arguments: Sequence[str]) -> None:
    """Says why a command failed."""
    is_debug = wants("--debug", arguments)
    if isinstance(error, LeadsmanError):
        line = str(error)
    else:
        # A traceback helps nobody at a prompt; whoever wants it asks for it.
        hint = "" if is_debug else "; run again with --debug for the traceback"
        line = f"unexpected {type(error).__name__}: {error}{hint}"
    # A file's name may hold what steers a terminal.
    line = "".join(c if c.isprintable() else "?" for c in " ".join(line.split()))
    if is_debug:
        traceback.print_exception(error, file=sys.stderr)
    prefix = "" if isinstance(error, UsageError) else "leadsman: "
    print(f"{prefix}{line}", file=sys.stderr)
    if wants("--json", arguments):
        print(json.dumps(_document(error, line, arguments)))


def _document(error: Exception, line: str, arguments: Sequence[str]) -> dict[str, object]:
    reason = "failed"
    if isinstance(error, UsageError):
        reason = "usage"
    elif isinstance(error, ModelNotFound):
        reason = "no_model"
    document: dict[str, object] = {"reason": reason, "error": line}
    if "complete" in arguments:
        # The same keys as an answer, so that a script reads one kind of document.
        document |= {"completion": "", "model": None, "detail": line, "timings_ms": {}}
        document |= {"tokens": {}, "check": None}
    return document
