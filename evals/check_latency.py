"""What the check adds to an inline completion: real statements, cut out of real files and put back.

Each is checked as the server does it, with every prefix that an editor can insert. *Cold* is the
first check in a file, with all caches empty; *prepared* is the first after
`analyzers.check.prepare`, which the server calls while the model writes; *warm* comes after a check
elsewhere in the same file, as while typing.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import statistics
import sys
import sysconfig
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyzers.bounded_cache import forget_all
from analyzers.check import Insertion, check, check_prefixes, prepare
from analyzers.finding import Span
from analyzers.report import Report
from evals.arguments import positive

LIMIT_MS = 10.0
LINES = (800, 1300)
MOST_OF_A_PACKAGE = 2
# How many lines completions have: most one, few more than five.
N_LINES = (1, 1, 1, 1, 1, 2, 2, 3, 3, 5, 8, 12)


@dataclass(frozen=True, slots=True)
class Completion:
    """A document without some of its statements, and these."""

    document: str
    insertion: Insertion


def files(roots: Sequence[Path], rng: random.Random, n: int) -> list[str]:
    """Texts of Python files of about a thousand lines below some folders, few of one package."""
    paths = [(root, path) for root in roots for path in sorted(root.rglob("*.py"))]
    rng.shuffle(paths)
    texts: list[str] = []
    taken: dict[str, int] = {}
    for root, path in paths:
        if len(texts) == n:
            break
        inside = path.relative_to(root)
        if "test" in inside.as_posix().lower() or not 20_000 < path.stat().st_size < 90_000:
            continue
        package = inside.parts[0]
        if taken.get(package, 0) == MOST_OF_A_PACKAGE:
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        if LINES[0] <= text.count("\n") <= LINES[1] and len(_statements(text)) >= LINES[0] // 4:
            texts.append(text)
            taken[package] = taken.get(package, 0) + 1
    return texts


def completions(text: str, rng: random.Random, n: int) -> list[Completion]:
    """Statements of a file as completions, some begun before the cursor as people do."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    found: list[Completion] = []
    for first, _ in rng.choices(_statements(text), k=n):
        wanted = rng.choice(N_LINES)
        indent = len(lines[first]) - len(lines[first].lstrip())
        last = first
        for begin, end in _statements(text):
            inside = len(lines[begin]) - len(lines[begin].lstrip()) >= indent
            if begin < first:
                continue
            if not inside or end - first > wanted:
                break
            last = end
        last = max(last, first + 1)
        begin = starts[first] + indent
        whole = text[begin : starts[last]].rstrip()
        if rng.random() < 0.4:
            words = [i for i in range(1, len(whole.split("\n")[0])) if whole[i - 1] in " .(,="]
            begun = rng.choice(words or [0])
            begin, whole = begin + begun, whole[begun:]
        if whole:
            document = text[:begin] + text[begin + len(whole) :]
            found.append(Completion(document, Insertion(Span(begin, begin), whole)))
    return found


def _statements(text: str) -> list[tuple[int, int]]:
    """The simple statements of functions, by their lines from 0, half-open."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return []
    found = [
        (node.lineno - 1, node.end_lineno or node.lineno)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and not _is_docstring(node)
    ]
    return sorted(set(found))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def measure(cases: Sequence[list[Completion]], checked: Callable[..., Report]) -> dict[str, Any]:
    """Milliseconds, cold and warm, and what the verdicts and levels were."""
    times: dict[str, list[float]] = {"cold": [], "prepared": [], "warm": [], "warm_cpu": []}
    verdicts: dict[str, int] = {}
    levels: dict[str, int] = {}
    for of_file in cases:
        for i, case in enumerate(of_file):
            forget_all()
            times["cold"].append(_ms(checked, case)[0])
            forget_all()
            prepare(case.document, case.insertion.span, "python")
            times["prepared"].append(_ms(checked, case)[0])
            forget_all()
            other = of_file[i - 1]
            checked(other.document, other.insertion, "python")
            begun = time.thread_time()
            elapsed_ms, report = _ms(checked, case)
            times["warm"].append(elapsed_ms)
            times["warm_cpu"].append((time.thread_time() - begun) * 1000)
            verdicts[report.verdict] = verdicts.get(report.verdict, 0) + 1
            levels[report.level] = levels.get(report.level, 0) + 1
    return {**dict(_rows(times)), "verdicts": verdicts, "levels": levels}


def _ms(checked: Callable[..., Report], case: Completion) -> tuple[float, Report]:
    begun = time.perf_counter()
    report = checked(case.document, case.insertion, "python")
    return (time.perf_counter() - begun) * 1000, report


def _rows(times: dict[str, list[float]]) -> Iterator[tuple[str, dict[str, float]]]:
    for name, values in times.items():
        ordered = sorted(values)
        yield (
            name,
            {
                "n": len(ordered),
                "p50_ms": round(statistics.median(ordered), 2),
                "p95_ms": round(ordered[int(len(ordered) * 0.95)], 2),
                "max_ms": round(ordered[-1], 2),
            },
        )


def main(argv: list[str] | None = None) -> int:
    """Prints the figures; exit code 1 when the warm p95 with prefixes is over the limit."""
    parser = argparse.ArgumentParser(prog="python -m evals.check_latency", description=__doc__)
    parser.add_argument("--root", type=Path, action="append", help="folder of Python files")
    parser.add_argument("--files", type=positive, default=30, help="how many files")
    parser.add_argument("--per-file", type=positive, default=10, help="completions of each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    args = parser.parse_args(argv)
    roots = args.root or [Path(sysconfig.get_paths()[name]) for name in ("stdlib", "purelib")]
    rng = random.Random(args.seed)
    texts = files([Path(os.path.realpath(root)) for root in roots], rng, args.files)
    if not texts:
        print(f"evals.check_latency: no file of {LINES[0]} to {LINES[1]} lines", file=sys.stderr)
        return 2
    cases = [completions(text, rng, args.per_file) for text in texts]
    # The rules and Bandit are loaded when a server has started, not at a keystroke.
    check(cases[0][0].document, cases[0][0].insertion, "python")
    report = {
        "files": len(texts),
        "limit_ms": LIMIT_MS,
        "check": measure(cases, check),
        "check_prefixes": measure(cases, check_prefixes),
    }
    for name in ("check", "check_prefixes"):
        for state in ("cold", "prepared", "warm", "warm_cpu"):
            row = report[name][state]  # type: ignore[index]
            print(
                f"{name:15} {state:8}  n {row['n']:4}  p50 {row['p50_ms']:7.2f} ms"
                f"  p95 {row['p95_ms']:7.2f} ms  max {row['max_ms']:8.2f} ms"
            )
    if args.json is not None:
        args.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0 if report["check_prefixes"]["warm"]["p95_ms"] <= LIMIT_MS else 1  # type: ignore[index]


if __name__ == "__main__":
    sys.exit(main())
