"""The flags that every eval shares for its report and its gate, and what they do at the end.

An eval calls `add_gate_arguments` for its parser, `check_arguments` before its first token,
`runs_needed` to know how often to run, and `finish` with what it ran.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from evals.atomic import check_folder, check_writable, write_text
from evals.baseline import read_baseline, write_baseline
from evals.comparison import Comparison
from evals.errors import EvalError, GateError, OutputError
from evals.gate import check_comparable, compare
from evals.gate_text import describe
from evals.history import read_history, save_run
from evals.plain_text import one_line
from evals.record_json import write_record
from evals.run_record import RunRecord


def add_gate_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the shared flags to an eval's parser."""
    group = parser.add_argument_group("report and gate")
    group.add_argument("--json", type=Path, metavar="FILE", help="write the run as one document")
    group.add_argument("--html", type=Path, metavar="FILE", help="write the report as a page")
    group.add_argument(
        "--history",
        type=Path,
        metavar="DIR",
        help="save the run in this folder, and show the saved runs on the page",
    )
    group.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE",
        help="compare with this baseline; exit 1 where the model got significantly worse",
    )
    group.add_argument(
        "--update-baseline",
        action="store_true",
        help="run twice and replace the baseline by the two runs",
    )


def runs_needed(args: argparse.Namespace) -> int:
    """How often the eval has to run: twice for a new baseline, which has to know its noise."""
    return 2 if args.update_baseline else 1


def check_arguments(
    args: argparse.Namespace, *, eval_name: str, n: int, fingerprint: Mapping[str, str]
) -> None:
    """Finds out before the hours of generation what would fail after them.

    Args:
        args: The parsed arguments.
        eval_name: The eval that is about to run.
        n: Samples a task.
        fingerprint: What is known of it already; `model`, `mode` and `dataset_sha256` matter.

    Raises:
        OutputError: a file or folder cannot be written, or the page cannot be drawn.
        GateError: the baseline is missing, damaged or not comparable, or the flags make no sense.
    """
    files = [path for path in (args.json, args.html, args.baseline) if path is not None]
    if len({path.resolve() for path in files}) < len(files):
        raise OutputError("--json, --html and --baseline name the same file; give each its own")
    if args.update_baseline and args.baseline is None:
        raise GateError("--update-baseline needs --baseline FILE, which it replaces")
    if args.html is not None and importlib.util.find_spec("matplotlib") is None:
        raise OutputError("--html draws with matplotlib; pip install 'leadsman[evals]'")
    for path in (args.json, args.html):
        if path is not None:
            check_writable(path)
    if args.history is not None:
        check_folder(args.history)
    if args.update_baseline:
        check_writable(args.baseline)
    elif args.baseline is not None:
        check_comparable(
            read_baseline(args.baseline),
            eval_name,
            n,
            dict(fingerprint),
        )


def finish(
    args: argparse.Namespace,
    record: RunRecord,
    again: Sequence[RunRecord] = (),
    command: Sequence[str] | None = None,
) -> int:
    """Writes, compares and prints what the flags ask for.

    The run is written before anything is concluded from it, and a step that fails does not keep
    the next from being done.

    Args:
        args: The parsed arguments.
        record: The run.
        again: Further runs of the same thing, which a new baseline needs.
        command: The command line to write into a new baseline; that of the process if None.

    Returns:
        0 if all is well, 1 if the model got worse, 2 if something could not be done.
    """
    problems: list[EvalError] = []
    print(summary_line(record))
    comparison: Comparison | None = None
    with _noted(problems):
        if args.json is not None:
            write_record(args.json, record)
    with _noted(problems):
        if args.history is not None:
            for run in (record, *again):
                save_run(args.history, run)
    with _noted(problems):
        comparison = _conclude(args, record, again, command)
    with _noted(problems):
        if args.html is not None:
            _write_page(args, record, comparison)
    if comparison is not None:
        print(describe(comparison))
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        return 2
    return 0 if comparison is None or args.update_baseline else comparison.exit_code


def summary_line(record: RunRecord) -> str:
    """The run in one line, with what makes it less than a whole and safe run said aloud."""
    error = "" if record.stderr is None else f" ± {record.stderr * 100:.1f}"
    marks = [
        *([f"PARTIAL: {len(record.tasks)} tasks judged"] if record.partial else []),
        *([f"subset of {len(record.selection)}"] if record.selection is not None else []),
        *(["WEAK SANDBOX: only resource limits"] if record.sandbox.is_weak else []),
    ]
    return (
        f"{record.eval} {one_line(record.model)} ({one_line(record.mode)}): pass@1 "
        f"{record.pass_at_1 * 100:.1f}{error} % ({record.n_passed} of {len(record.tasks)} tasks)"
        + "".join(f" [{mark}]" for mark in marks)
    )


def _conclude(
    args: argparse.Namespace,
    record: RunRecord,
    again: Sequence[RunRecord],
    command: Sequence[str] | None,
) -> Comparison | None:
    if args.baseline is None:
        return None
    if not args.update_baseline:
        return compare(read_baseline(args.baseline), record)
    words = sys.argv[1:] if command is None else command
    how = f"python -m evals.{record.eval} {shlex.join(words)}".strip()
    comparison = None
    if args.baseline.exists():
        try:
            comparison = compare(read_baseline(args.baseline), record)
        except GateError as error:
            print(f"the old baseline is replaced uncompared: {error}")
    write_baseline(args.baseline, (record, *again), how)
    print(f"wrote the baseline {args.baseline}")
    return comparison


@contextlib.contextmanager
def _noted(problems: list[EvalError]) -> Iterator[None]:
    """Goes on after a step that failed, and keeps its line for the end."""
    try:
        yield
    except EvalError as error:
        problems.append(error)


def _write_page(args: argparse.Namespace, record: RunRecord, comparison: Comparison | None) -> None:
    try:
        # Only the page draws, and drawing is an optional part of the installation.
        from evals.page import render_page
    except ImportError as error:
        raise OutputError(f"--html: {error}; pip install 'leadsman[evals]'") from error
    history, unread = ([], []) if args.history is None else read_history(args.history)
    write_text(args.html, render_page(record, history, comparison, unread))
