"""The command line of `evals.humaneval`: generate or read, judge, report, compare."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from analyzers.sandbox.sandbox import Sandbox
from codegen.store.store import Store
from evals.arguments import positive, seed, temperature
from evals.command import run_command
from evals.errors import SamplesError
from evals.generation.model_run import ModelRun, add_model_arguments, run_model
from evals.generation.sample import Job
from evals.humaneval.canaries import run_canaries
from evals.humaneval.given import Given, read_completions
from evals.humaneval.problems import DATASET_SHA256, Problem, load_problems, select
from evals.humaneval.prompting import MODES, Mode, build_request, completion_of
from evals.humaneval.verdicts import judge_completions
from evals.reporting import add_gate_arguments, check_arguments, finish
from evals.run_record import RunFacts, RunRecord, SandboxReport, record_run

EVAL_NAME = "humaneval"


def main(argv: Sequence[str] | None = None) -> int:
    """0: done, and not worse than the baseline; 1: worse; 2: could not be run as asked."""
    return run_command(_run, build_parser().parse_args(argv))


def build_parser() -> argparse.ArgumentParser:
    """All options, with their defaults in the help."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.humaneval",
        description="Does the model write functions that work? HumanEval's 164 problems, judged "
        "in a sandbox, compared with a baseline.",
    )
    parser.add_argument("--mode", choices=MODES, default="chat", help="(default: %(default)s)")
    parser.add_argument("--n", type=positive, default=1, help="samples a task")
    parser.add_argument(
        "--temperature", type=temperature, default=0.0, help="0 is greedy (default)"
    )
    parser.add_argument("--seed", type=seed, default=0, help="of the first sample")
    parser.add_argument("--max-new-tokens", type=positive, default=512, help="of a sample")
    parser.add_argument("--limit", type=int, help="only the first LIMIT tasks")
    parser.add_argument("--tasks", help="ids and ranges, such as HumanEval/3,10-19")
    parser.add_argument(
        "--samples", type=Path, help="judge the completions of this jsonl file; needs no model"
    )
    parser.add_argument(
        "--jobs", type=positive, default=os.cpu_count() or 1, help="programs judged at a time"
    )
    add_model_arguments(parser)
    add_gate_arguments(parser)
    return parser


def _run(args: argparse.Namespace) -> int:
    all_problems = load_problems()
    problems = select(all_problems, args.tasks, args.limit)
    selection = None if len(problems) == len(all_problems) else [p.task_id for p in problems]
    if args.n > 1 and args.temperature == 0 and args.samples is None:
        raise SamplesError(f"--n {args.n} greedy samples are all the same; set --temperature")
    given = None if args.samples is None else read_completions(args.samples, problems)
    n = args.n if given is None else max(map(len, given.completions.values()))
    known = {
        "model": args.model if args.samples is None else args.samples.name,
        "mode": args.mode,
        "dataset_sha256": DATASET_SHA256,
    }
    if given is None:
        Store().find(args.model)  # What is missing is said before anything takes time.
    check_arguments(args, eval_name=EVAL_NAME, n=n, fingerprint=known)
    with Sandbox() as sandbox:
        started = time.perf_counter()
        canaries = run_canaries(sandbox, all_problems, jobs=args.jobs)
        canaries_s = time.perf_counter() - started

        def one_run(anew: bool) -> RunRecord:
            return _record(args, sandbox, problems, given, selection, canaries, canaries_s, anew)

        record = one_run(anew=False)
        # A baseline's second run is generated anew, so that it shows what differs by itself.
        again = [one_run(anew=True)] if args.update_baseline else []
    return finish(args, record, again)


def _record(
    args: argparse.Namespace,
    sandbox: Sandbox,
    problems: Sequence[Problem],
    given: Given | None,
    selection: Sequence[str] | None,
    canaries: Mapping[str, int],
    canaries_s: float,
    anew: bool,
) -> RunRecord:
    tokens: dict[str, int] = {}
    completions: Mapping[str, Sequence[str]]
    if given is not None:
        completions = given.completions
        fingerprint = {
            "model": args.samples.name,
            "mode": args.mode,
            "dataset_sha256": DATASET_SHA256,
            "samples_sha256": given.sha256,
        }
        seconds: dict[str, float] = {}
    else:
        run = _generate(args, problems, anew)
        completions, tokens = _completions(run, problems, args.mode)
        fingerprint = run.fingerprint
        seconds = {"generate": round(run.report.seconds, 2)}
    started = time.perf_counter()
    verdicts = judge_completions(
        sandbox, problems, completions, jobs=args.jobs, tokens=tokens, quiet=args.quiet
    )
    seconds |= {
        "canaries": round(canaries_s, 2),
        "judge": round(time.perf_counter() - started, 2),
    }
    report = sandbox.report
    return record_run(
        RunFacts(
            eval=EVAL_NAME,
            n=next(iter(verdicts.values())).n,
            fingerprint=fingerprint,
            sandbox=SandboxReport(report.mechanisms, report.is_weak),
            tokens={"completion": sum(tokens.values())},
            seconds=seconds,
            selection=selection,
            canaries=canaries,
        ),
        verdicts,
    )


def _generate(args: argparse.Namespace, problems: Sequence[Problem], anew: bool) -> ModelRun:
    jobs = [
        Job(
            problem.task_id,
            i,
            build_request(
                problem,
                args.mode,
                max_new_tokens=args.max_new_tokens,
                temperature=args.temperature,
                seed=args.seed + i,
            ),
        )
        for problem in problems
        for i in range(args.n)
    ]
    return run_model(
        args,
        jobs,
        eval_name=EVAL_NAME,
        mode=args.mode,
        dataset_sha256=DATASET_SHA256,
        anew=anew,
    )


def _completions(
    run: ModelRun, problems: Sequence[Problem], mode: Mode
) -> tuple[dict[str, list[str]], dict[str, int]]:
    by_id = {problem.task_id: problem for problem in problems}
    completions: dict[str, list[str]] = {task_id: [] for task_id in by_id}
    tokens = dict.fromkeys(by_id, 0)
    for (task_id, _), sample in sorted(run.samples.items()):
        if task_id in by_id:
            completions[task_id].append(completion_of(sample.response, by_id[task_id], mode))
            tokens[task_id] += sample.tokens
    return completions, tokens
