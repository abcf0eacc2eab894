"""Reads the targets, in as many processes as pay, and mends them where that is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context

from analyzers.check import SCAN_BUDGET_S, Insertion, check, scan
from analyzers.finding import Finding, Span
from analyzers.fixes.whole_text import with_fixes_that_hold
from analyzers.policy import Policy
from analyzers.project import Project
from analyzers.report import Report
from analyzers.review.targets import MOST_BYTES, Target, decoded
from analyzers.suppression import without_ignored

# A process costs a third of a second to start, in which one reads this much.
_BYTES_THAT_PAY_A_PROCESS = 400_000


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A target, the text that was read (None where there is none), and what was found in it."""

    target: Target
    text: str | None
    report: Report


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for every target of a review."""

    policy: Policy
    project: Project


def review(
    targets: Sequence[Target], job: Job, done: Callable[[], None] = lambda: None
) -> Iterator[Reviewed]:
    """Every target's review in the order of the targets; `done` is called after each."""
    n_processes = _n_processes(targets)
    if n_processes < 2:
        for target in targets:
            yield review_target(target, job)
            done()
        return
    # Forking a process that has threads is not safe everywhere; a fresh one always is.
    with ProcessPoolExecutor(n_processes, get_context("spawn")) as pool:
        waiting = [pool.submit(review_target, target, job) for target in targets]
        try:
            for target, future in zip(targets, waiting, strict=True):
                yield _result(target, future)
                done()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def review_target(target: Target, job: Job) -> Reviewed:
    """Reads one file. Never raises for what the file is."""
    try:
        if target.path.is_dir():
            return _unread(target, "a folder that may not be read")
        size = target.path.stat().st_size
        if size > MOST_BYTES:
            return _unread(target, f"{size} bytes; at most {MOST_BYTES} are read")
        if not target.path.is_file():
            return _unread(target, "not a regular file")
        data = target.path.read_bytes()
    except OSError as error:
        return _unread(target, f"cannot be read: {error.strerror or error}")
    text = decoded(data, target.language)
    if text is None:
        return _unread(target, "not text in UTF-8 or the encoding that it names")
    return review_text(target, text, job)


def review_text(target: Target, text: str, job: Job) -> Reviewed:
    """Reviews a text as that of a target, with the fixes that hold."""
    report = report_on(target, text, job)
    if target.language == "python":
        report = with_fixes_that_hold(text, report, lambda changed: report_on(target, changed, job))
    return Reviewed(target, text, report)


def report_on(target: Target, text: str, job: Job) -> Report:
    """What a text has as that of a target; of a change, what it brings.

    A person's word that a finding is none counts: people wrote this text, or took it over.
    """
    project = Project(target.path, job.project.root, job.project.python)
    if target.before is None:
        report = scan(text, target.language, job.policy, project=project)
    else:
        insertion = changed_part(target.before, text)
        report = check(
            target.before,
            insertion,
            target.language,
            job.policy,
            project=project,
            budget_s=SCAN_BUDGET_S,
        )
    return replace(report, findings=without_ignored(report.findings, text))


def changed_part(before: str, after: str) -> Insertion:
    """The least insertion of whole lines that makes one text of the other."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    tail = 0
    while tail < min(len(old), len(new)) - same and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    start = sum(map(len, old[:same]))
    end = len(before) - sum(map(len, old[len(old) - tail :]))
    text = "".join(new[same : len(new) - tail])
    return Insertion(Span(start, end), text)


def all_findings(reviewed: Sequence[Reviewed]) -> Iterator[tuple[Reviewed, Finding]]:
    """Every finding with the file that it is in."""
    for one in reviewed:
        for finding in one.report.findings:
            yield one, finding


def _n_processes(targets: Sequence[Target]) -> int:
    total = 0
    for target in targets:
        try:
            total += min(target.path.stat().st_size, MOST_BYTES)
        except OSError:
            continue
    affordable = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    )
    return min(affordable or 1, len(targets), total // _BYTES_THAT_PAY_A_PROCESS)


def _result(target: Target, future: Future[Reviewed]) -> Reviewed:
    try:
        return future.result()
    except BrokenProcessPool:
        return _unread(target, "the process that read it ended; review this file alone")


def _unread(target: Target, why: str) -> Reviewed:
    return Reviewed(target, None, Report("annotate", (), "not checkable", None, why))
