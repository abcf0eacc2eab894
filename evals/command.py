"""What every evaluation's command line does with what goes wrong: one line and the exit code."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from analyzers.sandbox.errors import SandboxError
from codegen.errors import LeadsmanError

INTERRUPTED = 130


def run_command(run: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """The exit code of `run`: its own, 2 with one line for what the user can mend, 130 for ^C."""
    try:
        return run(args)
    except (LeadsmanError, SandboxError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    except Exception as error:  # noqa: BLE001 - 1 would say that the model got worse.
        print(unexpected(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; what was generated is kept, start again to go on", file=sys.stderr)
        return INTERRUPTED


def unexpected(error: Exception) -> str:
    """One line about a failure that nobody thought of, with the place where it happened."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    said = " ".join(f"{type(error).__name__} at {where}: {error}".split())
    return f"unexpected {said}; please report this"
