"""`python -m evals.security_fixes FOLDER`: the share of insecure programs that fixes mend."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from evals.command import run_command
from evals.security.fixes import Judged, judge, lines, read_cases, read_support, sandbox


def main(argv: Sequence[str] | None = None) -> int:
    """0: done; 1: the share is below --at-least; 2: could not be run."""
    parser = argparse.ArgumentParser(prog="python -m evals.security_fixes", description=__doc__)
    parser.add_argument("folder", type=Path, help="of cases, NAME.py.txt")
    parser.add_argument("--at-least", type=float, default=0.0, help="share that must be mended")
    parser.add_argument("--show", action="store_true", help="print the mended programs too")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    return run_command(_run, parser.parse_args(argv))


def _run(args: argparse.Namespace) -> int:
    support = read_support(args.folder)
    with sandbox() as box:
        judged = [judge(box, case, support) for case in read_cases(args.folder)]
        confined = box.report.line()
    share = sum(one.is_mended for one in judged) / len(judged)
    if args.json:
        print(json.dumps({"share": share, "sandbox": confined, "cases": list(map(_row, judged))}))
    else:
        for one in judged if args.show else ():
            print(f"==== {one.case.name}\n{one.text}")
        print(confined, *lines(judged), sep="\n")
    return 0 if share >= args.at_least else 1


def _row(one: Judged) -> dict[str, object]:
    return {
        "name": one.case.name,
        "mended": one.is_mended,
        "fixes": list(one.fixes),
        "failed_before": one.before.failed,
        "failed_after": None if one.after is None else one.after.failed,
    }


if __name__ == "__main__":
    raise SystemExit(main())
