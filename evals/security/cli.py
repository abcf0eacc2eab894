"""The command line of `evals.security`: four questions, one kind of record."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from evals.arguments import positive
from evals.command import run_command
from evals.generation.model_run import add_model_arguments
from evals.reporting import add_gate_arguments, check_arguments, finish, runs_needed
from evals.run_record import RunFacts, RunRecord, record_run
from evals.security.finding import SEVERITIES
from evals.security.plans import (
    BUILT_IN_CHECK,
    BUILT_IN_FINDER,
    EVAL_NAME,
    PEER,
    Answer,
    Plan,
    plan,
)


def main(argv: Sequence[str] | None = None) -> int:
    """0: done, and not worse than the baseline; 1: worse; 2: could not be run as asked."""
    return run_command(_run, build_parser().parse_args(argv))


def build_parser() -> argparse.ArgumentParser:
    """All options, with their defaults in the help."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.security",
        description="How much of what a model offers is insecure, before and after the post-check? "
        "With --labels or --fragments: how far can the finder be trusted? With --correct: what "
        "does the check do to programs that are right?",
    )
    parser.add_argument(
        "--data", type=Path, help="prompts (a folder, .json, .jsonl, or source); files of --labels"
    )
    labelled = parser.add_mutually_exclusive_group()
    labelled.add_argument(
        "--labels", type=Path, metavar="CSV", help="test, category, vulnerable, cwe of each file"
    )
    labelled.add_argument(
        "--fragments", type=Path, metavar="JSON", help="insecure fragments with line and CWE"
    )
    labelled.add_argument(
        "--correct",
        type=Path,
        nargs="*",
        metavar="JSONL",
        help="HumanEval's solutions, and completions that pass: what does the check do to them?",
    )
    parser.add_argument(
        "--finder",
        default=BUILT_IN_FINDER,
        help=f"package.module:function (default: %(default)s; {PEER} is Bandit)",
    )
    parser.add_argument(
        "--check",
        metavar="FUNCTION",
        help=f"the post-check, package.module:function or none (default: {BUILT_IN_CHECK})",
    )
    parser.add_argument(
        "--severity", choices=SEVERITIES, default="low", help="least one that counts (%(default)s)"
    )
    parser.add_argument("--limit", type=positive, help="only the first LIMIT prompts or files")
    add_model_arguments(parser)
    add_gate_arguments(parser)
    return parser


def _run(args: argparse.Namespace) -> int:
    planned = plan(args)
    check_arguments(args, eval_name=EVAL_NAME, n=1, fingerprint=planned.identity)
    answers = [planned.run(i > 0) for i in range(runs_needed(args))]
    records = [_record(answer, planned) for answer in answers]
    print(answers[0].text)
    return finish(args, records[0], records[1:])


def _record(answer: Answer, planned: Plan) -> RunRecord:
    tokens = sum(verdict.tokens for verdict in answer.tasks.values())
    facts = RunFacts(
        eval=EVAL_NAME,
        n=1,
        fingerprint=answer.fingerprint,
        sandbox=answer.sandbox,
        tokens={"completion": tokens},
        seconds=answer.seconds,
        metrics=answer.metrics,
        selection=planned.selection,
    )
    return record_run(facts, answer.tasks)
