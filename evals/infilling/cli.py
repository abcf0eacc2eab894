"""The command line of `evals.infilling`."""

from __future__ import annotations

import argparse
import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Literal, get_args

from analyzers.sandbox.sandbox import Sandbox
from codegen.store.store import Store
from evals.arguments import positive
from evals.command import run_command
from evals.generation.model_run import add_model_arguments, run_model
from evals.generation.sample import Job
from evals.humaneval.canaries import run_canaries
from evals.humaneval.problems import Problem, load_problems
from evals.infilling.editor_path import inserted_text, request_of
from evals.infilling.scoring import score
from evals.infilling.tasks import KINDS, InfillingTask, read_tasks
from evals.reporting import add_gate_arguments, check_arguments, finish
from evals.run_record import RunFacts, RunRecord, SandboxReport, TaskVerdict, record_run
from lsp_server.completion.query import CompletionOptions

EVAL_NAME = "infilling"
Multiline = Literal["never", "auto", "always"]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is asked, the same for a run and for its repetition."""

    problems: Sequence[Problem]
    tasks: Sequence[InfillingTask]
    selection: Sequence[str] | None
    options: CompletionOptions
    jobs: Sequence[Job]
    mode: str
    dataset_sha256: str


def main(argv: Sequence[str] | None = None) -> int:
    """0: done, and not worse than the baseline; 1: worse; 2: could not be run as asked."""
    return run_command(_run, build_parser().parse_args(argv))


def build_parser() -> argparse.ArgumentParser:
    """All options, with their defaults in the help."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.infilling",
        description="Does the editor insert what belongs there? Holes in real functions, filled "
        "through the product's own prompt and filters.",
    )
    parser.add_argument("--kind", choices=KINDS, default="random-span-light", help="(%(default)s)")
    parser.add_argument("--data", type=Path, help="folder with the set; the light one is shipped")
    parser.add_argument(
        "--multiline",
        choices=get_args(Multiline),
        help="the editor's setting (default: never for single lines, always for spans)",
    )
    parser.add_argument("--max-new-tokens", type=positive, default=96, help="(%(default)s)")
    parser.add_argument("--limit", type=positive, help="only the first LIMIT tasks")
    parser.add_argument(
        "--jobs", type=positive, default=os.cpu_count() or 1, help="programs judged at a time"
    )
    add_model_arguments(parser)
    add_gate_arguments(parser)
    return parser


def _run(args: argparse.Namespace) -> int:
    plan = _plan(args)
    known = {"model": args.model, "mode": plan.mode, "dataset_sha256": plan.dataset_sha256}
    Store().find(args.model)  # What is missing is said before anything takes time.
    check_arguments(args, eval_name=EVAL_NAME, n=1, fingerprint=known)
    with Sandbox() as sandbox:
        canaries = run_canaries(sandbox, plan.problems, jobs=args.jobs)
        record = _record(args, plan, sandbox, canaries, anew=False)
        # A baseline's second run is generated anew, so that it shows what differs by itself.
        again = [_record(args, plan, sandbox, canaries, anew=True)] if args.update_baseline else []
    for name, value in record.metrics.items():
        print(f"{name}: {value}")
    return finish(args, record, again)


def _plan(args: argparse.Namespace) -> _Plan:
    everything = read_tasks(args.kind, args.data)
    tasks = everything[: args.limit]
    by_kind: Multiline = "never" if args.kind == "single-line" else "always"
    multiline: Multiline = args.multiline or by_kind
    options = CompletionOptions(multiline=multiline, max_new_tokens=args.max_new_tokens)
    digest = hashlib.sha256(repr(everything).encode("utf-8", "surrogatepass")).hexdigest()
    return _Plan(
        problems=load_problems(),
        tasks=tasks,
        selection=None if len(tasks) == len(everything) else [task.task_id for task in tasks],
        options=options,
        jobs=[Job(task.task_id, 0, request_of(task, options)) for task in tasks],
        mode=f"{args.kind}.{multiline}",
        dataset_sha256=digest,
    )


def _record(
    args: argparse.Namespace, plan: _Plan, sandbox: Sandbox, canaries: dict[str, int], *, anew: bool
) -> RunRecord:
    run = run_model(
        args,
        plan.jobs,
        eval_name=EVAL_NAME,
        mode=plan.mode,
        dataset_sha256=plan.dataset_sha256,
        anew=anew,
    )
    results = [
        inserted_text(task, plan.options, run.samples[job.key])
        for task, job in zip(plan.tasks, plan.jobs, strict=True)
    ]
    started = time.perf_counter()
    verdicts = score(sandbox, plan.tasks, results, plan.problems, jobs=args.jobs, quiet=args.quiet)
    report = sandbox.report
    return record_run(
        RunFacts(
            eval=EVAL_NAME,
            n=1,
            fingerprint=run.fingerprint,
            sandbox=SandboxReport(report.mechanisms, report.is_weak),
            tokens={"completion": sum(verdict.tokens for verdict in verdicts.values())},
            seconds={
                "generate": round(run.report.seconds, 2),
                "judge": round(time.perf_counter() - started, 2),
            },
            metrics={
                "exact_match": round(_mean(verdicts, "exact_match"), 4),
                "edit_similarity": round(_mean(verdicts, "edit_similarity"), 4),
                "empty": sum(not result.text for result in results),
            },
            selection=plan.selection,
            canaries=canaries,
        ),
        verdicts,
    )


def _mean(verdicts: Mapping[str, TaskVerdict], metric: str) -> float:
    return fmean(float(verdict.metrics[metric] or 0) for verdict in verdicts.values())
