"""The four questions: what is known of each before it is run, and how it is run."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tqdm import tqdm

from analyzers.sandbox.sandbox import Sandbox
from evals.errors import DatasetError
from evals.generation.model_run import run_model
from evals.generation.sample import Job, Sample
from evals.humaneval.given import read_completions
from evals.humaneval.problems import DATASET_SHA256, load_problems
from evals.infilling.editor_path import inserted_text, request_of
from evals.json_fields import Scalar
from evals.run_record import SandboxReport, TaskVerdict
from evals.security.bandit_finder import bandit_version
from evals.security.correct import Candidate, treat_correct
from evals.security.correct import metrics as correct_metrics
from evals.security.correct import table as correct_table
from evals.security.finding import Finder, PostCheck, Severity
from evals.security.labels import read_fragments, read_labelled, read_labels
from evals.security.outcome import Outcome, judge
from evals.security.plugin import load_check, load_finder
from evals.security.prompts import SecurityPrompt, read_prompts
from evals.security.rates import metrics_of, table
from evals.security.reading import digest
from evals.security.trust import judge_files, judge_fragments
from evals.security.trust_figures import (
    file_metrics,
    file_table,
    fragment_metrics,
    fragment_table,
)
from lsp_server.completion.query import CompletionOptions

EVAL_NAME = "security"
BUILT_IN_CHECK = "evals.security.analyzer_check:offer"
# Where nothing generated is run: it is only read.
NO_SANDBOX = SandboxReport(("nothing is run",), is_weak=False)
BUILT_IN_FINDER = "evals.security.analyzer_finder:find"
PEER = "evals.security.bandit_finder:find"
NO_CHECK = "none"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run found, before it becomes a record."""

    tasks: Mapping[str, TaskVerdict]
    metrics: Mapping[str, Scalar]
    fingerprint: Mapping[str, str]
    seconds: Mapping[str, float]
    text: str
    sandbox: SandboxReport = NO_SANDBOX


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known before anything is run; `run` takes whether to generate anew."""

    identity: Mapping[str, str]
    selection: Sequence[str] | None
    run: Callable[[bool], Answer]


def plan(args: argparse.Namespace) -> Plan:
    """What the arguments ask for, with all data read.

    Raises:
        DatasetError: the data or a function is missing or malformed, or the flags make no sense.
    """
    if args.correct is not None:
        return _plan_correct(args)
    if args.check is not None and (args.labels or args.fragments):
        raise DatasetError("--check is asked about completions; it has no use with labelled data")
    finder = load_finder(args.finder)
    name = f"bandit {bandit_version()}" if args.finder == PEER else args.finder
    identity = {"finder": name, "severity": args.severity}
    if args.labels is not None:
        return _plan_labels(args, finder, identity)
    if args.fragments is not None:
        return _plan_fragments(args, finder, identity)
    return _plan_prompts(args, finder, identity)


def _plan_prompts(args: argparse.Namespace, finder: Finder, identity: dict[str, str]) -> Plan:
    if args.data is None:
        raise DatasetError("--data FOLDER|FILE says what to complete; see --help")
    check_name = args.check or BUILT_IN_CHECK
    check = None if check_name == NO_CHECK else load_check(check_name)
    whole = read_prompts(args.data)
    prompts = whole[: args.limit]
    identity |= {
        "model": args.model,
        "mode": "editor",
        "dataset_sha256": digest(repr(prompt) for prompt in whole),
        "check": check_name,
    }
    run = partial(_complete, args, prompts, finder, check, identity)
    return Plan(identity, _selection(whole, [p.task_id for p in prompts]), run)


def _plan_labels(args: argparse.Namespace, finder: Finder, identity: dict[str, str]) -> Plan:
    if args.data is None:
        raise DatasetError("--labels needs --data FOLDER, where the labelled files are")
    whole = read_labelled(read_labels(args.labels), args.data)
    files = whole[: args.limit]
    identity |= {
        "model": args.finder,
        "mode": "labels",
        "dataset_sha256": digest(f"{file.label!r} {file.text!r}" for file in whole),
    }

    def run(_anew: bool) -> Answer:
        verdicts = judge_files(finder, files, args.severity, quiet=args.quiet)
        tasks = {verdict.file.label.test: verdict.verdict() for verdict in verdicts}
        seconds = {"read": round(sum(verdict.seconds for verdict in verdicts), 2)}
        return Answer(tasks, file_metrics(verdicts), identity, seconds, file_table(verdicts))

    return Plan(identity, _selection(whole, [file.label.test for file in files]), run)


def _plan_fragments(args: argparse.Namespace, finder: Finder, identity: dict[str, str]) -> Plan:
    whole = read_fragments(args.fragments)
    fragments = whole[: args.limit]
    identity |= {
        "model": args.finder,
        "mode": "fragments",
        "dataset_sha256": digest(repr(fragment) for fragment in whole),
    }

    def run(_anew: bool) -> Answer:
        verdicts = judge_fragments(finder, fragments, args.severity, quiet=args.quiet)
        tasks = {verdict.fragment.task_id: verdict.verdict() for verdict in verdicts}
        seconds = {"read": round(sum(verdict.seconds for verdict in verdicts), 2)}
        return Answer(
            tasks, fragment_metrics(verdicts), identity, seconds, fragment_table(verdicts)
        )

    return Plan(identity, _selection(whole, [f.task_id for f in fragments]), run)


def _plan_correct(args: argparse.Namespace) -> Plan:
    problems = load_problems()
    chosen = problems[: args.limit]
    candidates = [Candidate(p, "canonical", p.canonical_solution) for p in chosen]
    digests = [DATASET_SHA256]
    for path in args.correct:
        given = read_completions(path, chosen)
        digests.append(given.sha256)
        candidates += [
            Candidate(problem, f"{path.name} {i}", completion)
            for problem in chosen
            for i, completion in enumerate(given.completions[problem.task_id])
        ]
    check_name = args.check or BUILT_IN_CHECK
    identity = {
        "model": check_name,
        "mode": "correct",
        "dataset_sha256": digest(digests),
    }
    check = load_check(check_name)

    def run(_anew: bool) -> Answer:
        started = time.perf_counter()
        with Sandbox() as sandbox:
            jobs = os.cpu_count() or 1
            treated = treat_correct(sandbox, candidates, check, jobs=jobs, quiet=args.quiet)
            report = SandboxReport(sandbox.report.mechanisms, sandbox.report.is_weak)
        seconds = {"judge and check": round(time.perf_counter() - started, 2)}
        tasks = {one.key: one.verdict() for one in treated}
        text = correct_table(treated)
        return Answer(tasks, correct_metrics(treated), identity, seconds, text, report)

    return Plan(identity, _selection(problems, [p.task_id for p in chosen]), run)


def _complete(
    args: argparse.Namespace,
    prompts: Sequence[SecurityPrompt],
    finder: Finder,
    check: PostCheck | None,
    identity: Mapping[str, str],
    anew: bool,
) -> Answer:
    options = CompletionOptions()
    jobs = [Job(prompt.task_id, 0, request_of(prompt, options)) for prompt in prompts]
    made = run_model(
        args,
        jobs,
        eval_name=EVAL_NAME,
        mode=identity["mode"],
        dataset_sha256=identity["dataset_sha256"],
        anew=anew,
    )
    samples = [made.samples[job.key] for job in jobs]
    outcomes = judge_all(prompts, samples, options, finder, check, args.severity, quiet=args.quiet)
    return Answer(
        {outcome.prompt.task_id: outcome.verdict() for outcome in outcomes},
        metrics_of(outcomes, check is not None),
        {**made.fingerprint, **identity, "model": made.fingerprint["model"]},
        {"generate": round(made.report.seconds, 2)},
        table(outcomes, check is not None),
    )


def judge_all(
    prompts: Sequence[SecurityPrompt],
    samples: Sequence[Sample],
    options: CompletionOptions,
    finder: Finder,
    check: PostCheck | None,
    severity: Severity,
    *,
    quiet: bool,
) -> list[Outcome]:
    """What the editor would insert for each sample, read before and after the post-check."""
    pairs = tqdm(
        list(zip(prompts, samples, strict=True)), unit="completion", desc="reading", disable=quiet
    )
    return [
        judge(prompt, inserted_text(prompt, options, sample), finder, check, severity)
        for prompt, sample in pairs
    ]


def _selection(whole: Sequence[object], chosen: list[str]) -> list[str] | None:
    return chosen if len(chosen) < len(whole) else None
