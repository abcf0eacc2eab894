"""Throws broken, mutated and meaningless texts at the analyzers: none may raise, none may hang.

An input is made from its number and the seed alone, so that a failure can be made again:
`python -m evals.fuzz_analyzers --first N --inputs 1`.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analyzers.check import Insertion, check, check_prefixes, scan
from analyzers.finding import Span
from analyzers.report import Report
from evals.arguments import positive

HANG_S = 1.0
ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "tests" / "analyzers" / "rules" / "fixtures"
_LANGUAGES = ("python",) * 16 + ("javascript", "typescript", "typescriptreact", "rust", "")
_ODD = (
    "\0", "\ud800", "\udc80", "\ufeff", "\u202e", "\u200b", "\r", "\r\n", "\f", "\v", "\x1c",
    "\u2028", "\\", '"""', "'''", "f'{", "{", "}", "((((", "]]", "\t", "#", "@", ":", "lambda", "é",
    "😀", "𝕏", "if ", "else:", "def f(", "class A:", "async ", "await ", "yield ", "match x:\n",
    " case ", "return", "import ", "from . import *", ";", "`", "${", "<!--", "=>", "0x", "1_",
)  # fmt: skip


@dataclass(slots=True)
class Tally:
    """What happened. Each failure is a line that names the input's number."""

    n: int = 0
    raised: list[str] = field(default_factory=list)
    failed_rules: list[str] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    levels: dict[str, int] = field(default_factory=dict)


def corpus(fixtures: Path = FIXTURES, root: Path = ROOT) -> list[str]:
    """Real texts, cut into parts of some forty lines."""
    paths = [*sorted(fixtures.rglob("*.*")), *sorted((root / "analyzers").rglob("*.py"))]
    parts: list[str] = []
    for path in paths:
        lines = path.read_bytes().decode("utf-8", "replace").splitlines(keepends=True)
        parts += ["".join(lines[at : at + 40]) for at in range(0, len(lines), 40)]
    return [part for part in parts if part.strip()]


def made(number: int, seed: int, texts: Sequence[str]) -> tuple[str, Insertion, str]:
    """A document, an insertion and a language."""
    rng = random.Random(f"{seed}:{number}")
    language = rng.choice(_LANGUAGES)
    document = _text(rng, texts)
    at = rng.randint(0, len(document))
    end = at if rng.random() < 0.6 else rng.randint(at, min(at + 200, len(document)))
    if rng.random() < 0.02:
        end += 1000  # Outside of the document.
    text = _text(rng, texts)
    start = rng.randint(0, len(text))
    return document, Insertion(Span(at, end), text[start : start + rng.randint(0, 300)]), language


def _text(rng: random.Random, texts: Sequence[str]) -> str:
    kind = rng.random()
    if kind < 0.1:
        highest = rng.choice((127, 0xFFFF, 0x10FFFF))
        return "".join(chr(rng.randint(0, highest)) for _ in range(rng.randint(0, 80)))
    if kind < 0.2:
        return "".join(rng.choice(_ODD) for _ in range(rng.randint(1, 40)))
    if kind < 0.22:
        return rng.choice("([{-~") * rng.randint(1, 3000)
    text = rng.choice(texts)
    for _ in range(rng.choice((0, 1, 1, 2, 5, 12))):
        at = rng.randint(0, len(text))
        end = min(at + rng.choice((0, 1, 3, 20, 200)), len(text))
        other = rng.choice(texts)
        begin = rng.randint(0, len(other))
        piece = other[begin : begin + rng.randint(0, 60)]
        put = rng.choice((rng.choice(_ODD), "", piece, text[at:end] * 2))
        text = text[:at] + put + text[end:]
    return text


def tried(number: int, seed: int, texts: Sequence[str], tally: Tally) -> None:
    """Gives one input to every entry."""
    document, insertion, language = made(number, seed, texts)
    tally.n += 1
    begun = time.thread_time()
    try:
        reports: list[Report] = [check(document, insertion, language)]
        reports.append(scan(insertion.applied(document), language))
        if number % 4 == 0:
            short = Insertion(insertion.span, insertion.text[:60])
            reports.append(check_prefixes(document, short, language))
    except Exception as error:  # noqa: BLE001  # That it raised is the finding.
        last = traceback.extract_tb(error.__traceback__)[-1]
        tally.raised.append(
            f"{number}: {type(error).__name__}: {error} ({last.filename}:{last.lineno})"
        )
        return
    took_s = (time.thread_time() - begun) / len(reports)
    tally.slowest_s = max(tally.slowest_s, took_s)
    if took_s > HANG_S:
        tally.hung.append(f"{number}: {took_s:.2f} s")
    for report in reports:
        tally.levels[report.level] = tally.levels.get(report.level, 0) + 1
        tally.failed_rules += [f"{number}: {problem}" for problem in report.problems]


def main(argv: list[str] | None = None) -> int:
    """Prints what happened; exit code 1 when anything raised, failed or hung."""
    parser = argparse.ArgumentParser(prog="python -m evals.fuzz_analyzers", description=__doc__)
    parser.add_argument("--inputs", type=positive, default=10_000)
    parser.add_argument("--first", type=int, default=0, metavar="N", help="number of the first one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    args = parser.parse_args(argv)
    texts = corpus()
    tally = Tally()
    for number in range(args.first, args.first + args.inputs):
        tried(number, args.seed, texts, tally)
    bad = len(tally.raised) + len(tally.failed_rules) + len(tally.hung)
    print(
        f"{tally.n} inputs: {len(tally.raised)} raised, {len(tally.failed_rules)} rules failed,"
        f" {len(tally.hung)} over {HANG_S:g} s, slowest {tally.slowest_s:.2f} s"
    )
    for line in [*tally.raised, *tally.failed_rules, *tally.hung][:40]:
        print(line)
    if args.json is not None:
        figures = {name: getattr(tally, name) for name in Tally.__dataclass_fields__}
        args.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
