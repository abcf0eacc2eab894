"""Finds the subcommand and runs it; the one place where a failure becomes an exit code.

Exit codes: 0 fine, 1 the answer is "no", 2 usage or environment, 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from lsp_server import VERSION
from lsp_server.cli.failure import Parser, report, unwritten, wants

FAILED = 2
INTERRUPTED = 130

# Each is a module of this package with `add_parser(subparsers)` and `run(args)`. Only the one that
# is asked for is imported, so that `leadsman serve` does not pay for the others.
COMMANDS = {
    "serve": "run the language server on stdio",
    "complete": "one inline completion for a place in a file",
    "review": "what is unsafe in files, a change or standard input",
    "model": "list, pull, show and remove models",
    "doctor": "what this machine can do, and what to fix",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the `leadsman` command and returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    # Python has no stream where its caller closed one; nobody reads it then.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    try:
        code = _run_or_report(arguments)
        # A reader that went away shows here, not in the interpreter's last words.
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _drop_stdout()
        return INTERRUPTED
    except OSError as error:
        # What was printed was kept back until now.
        _drop_stdout()
        report(unwritten(error), [])
        return FAILED


def _run_or_report(arguments: list[str]) -> int:
    try:
        from lsp_server.startup_guard import check_own_packages

        check_own_packages()
        return _run(arguments)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001
        try:
            report(error, arguments)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError:
            _drop_stdout()  # Where nothing can be written, nothing can be told either.
        return FAILED


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = Parser(prog="leadsman", description="Completes code with a model on this machine.")
    parser.add_argument("--version", action="version", version=f"leadsman {VERSION}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of a failure")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    wanted = next((argument for argument in arguments if argument in COMMANDS), None)
    for name, text in COMMANDS.items():
        if name == wanted:
            importlib.import_module(f"lsp_server.cli.{name}").add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=text)
    # --debug is welcome after the subcommand too, where people type it.
    return parser.parse_args(
        (["--debug"] if wants("--debug", arguments) else [])
        + [argument for argument in arguments if argument != "--debug"]
    )


def _run(arguments: list[str]) -> int:
    try:
        args = _parse(arguments)
    except SystemExit as stopped:
        # Help or the version has been printed by now.
        return stopped.code if isinstance(stopped.code, int) else FAILED
    code: int = importlib.import_module(f"lsp_server.cli.{args.command}").run(args)
    return code


def _drop_stdout() -> None:
    """Points stdout away from the closed pipe, which the interpreter would flush at exit."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
