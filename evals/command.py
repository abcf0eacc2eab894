"""What every evaluation's command line does with what goes wrong: one line and the exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

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
    except KeyboardInterrupt:
        print("stopped; what was generated is kept, start again to go on", file=sys.stderr)
        return INTERRUPTED
