"""What the post-check does to programs that are right: each change is a nuisance or a defect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tqdm import tqdm

from analyzers.sandbox.sandbox import Sandbox
from evals.errors import SamplesError
from evals.humaneval.problems import Problem
from evals.humaneval.program import build_program, trusted_namespace
from evals.json_fields import Scalar
from evals.judge import Case, judge_all
from evals.run_record import TaskVerdict
from evals.security.finding import PostCheck, Span
from evals.security.intervals import Rate

Became = Literal["offered", "changed", "broken", "withheld", "check failed"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A completion of a problem; `origin` says whose."""

    problem: Problem
    origin: str
    completion: str


@dataclass(frozen=True, slots=True)
class Treated:
    """What became of a right completion: `broken` is changed so that its tests fail."""

    candidate: Candidate
    became: Became
    detail: str

    @property
    def key(self) -> str:
        """Names it in a record."""
        return f"{self.candidate.origin} {self.candidate.problem.task_id}"

    def verdict(self) -> TaskVerdict:
        """Passed: it is offered as it is."""
        passed = self.became == "offered"
        return TaskVerdict(
            passed=passed, reason=self.became, detail=self.detail, n=1, n_passed=int(passed)
        )


def treat_correct(
    sandbox: Sandbox,
    candidates: Sequence[Candidate],
    check: PostCheck,
    *,
    jobs: int,
    quiet: bool,
) -> list[Treated]:
    """Asks the check about every candidate that passes its tests, and runs what it changed.

    Raises:
        SamplesError: none of the candidates is right.
    """
    texts = {candidate: candidate.completion for candidate in candidates}
    right = [c for c, passed in _passes(sandbox, texts, jobs, quiet).items() if passed]
    if not right:
        raise SamplesError("none of the completions passes its tests; nothing can be asked of them")
    asked = [_ask(check, candidate) for candidate in tqdm(right, unit="check", disable=quiet)]
    changed = {t.candidate: text for t, text in asked if text is not None}
    still_right = _passes(sandbox, changed, jobs, quiet)
    return [
        treated if still_right.get(treated.candidate, True) else _broken(treated)
        for treated, _ in asked
    ]


def metrics(treated: Sequence[Treated]) -> dict[str, Scalar]:
    """The figures for the record."""
    count = Counter(one.became for one in treated)
    touched = len(treated) - count["offered"]
    return {
        "correct": len(treated),
        "changed_or_withheld": touched,
        "changed_or_withheld_rate": round(touched / len(treated), 4),
        "broken": count["broken"],
    }


def table(treated: Sequence[Treated]) -> str:
    """The figures for a person, with every completion that was touched."""
    count: Mapping[str, int] = Counter(one.became for one in treated)
    touched = Rate(len(treated) - count["offered"], len(treated))
    lines = [
        f"{len(treated)} correct programs: {touched} changed or withheld, {count['broken']} broken"
    ]
    lines += [
        f"  {one.key}: {one.became}: {one.detail}" for one in treated if one.became != "offered"
    ]
    return "\n".join(lines)


def _ask(check: PostCheck, candidate: Candidate) -> tuple[Treated, str | None]:
    """What the check offers, and its text if that is another one."""
    program = build_program(candidate.problem, candidate.completion)
    start = len(program) - len(candidate.completion)
    try:
        offer = check(program, Span(start, len(program)), "python")
    except Exception as error:  # noqa: BLE001  # The function under test may do anything.
        return Treated(candidate, "check failed", f"{type(error).__name__}: {error}"), None
    if offer.text is None:
        return Treated(candidate, "withheld", offer.reason), None
    if offer.text == candidate.completion:
        return Treated(candidate, "offered", offer.reason), None
    return Treated(candidate, "changed", offer.reason), offer.text


def _broken(treated: Treated) -> Treated:
    return Treated(treated.candidate, "broken", treated.detail)


def _passes(
    sandbox: Sandbox, texts: Mapping[Candidate, str], jobs: int, quiet: bool
) -> dict[Candidate, bool]:
    cases = [
        Case(
            case_id=f"{candidate.origin} {candidate.problem.task_id}",
            source=build_program(candidate.problem, text),
            entry_point=candidate.problem.entry_point,
            helpers=trusted_namespace(candidate.problem),
            test=candidate.problem.test,
        )
        for candidate, text in texts.items()
    ]
    with tqdm(total=len(cases), unit="program", desc="judging", disable=quiet) as bar:
        verdicts = judge_all(sandbox, cases, jobs=jobs, done=bar.update)
    return {candidate: verdict.passed for candidate, verdict in zip(texts, verdicts, strict=True)}
