"""The shares of a run, from outcomes that were made by hand."""

from __future__ import annotations

from evals.security.finding import Finding, Scan
from evals.security.intervals import Rate
from evals.security.outcome import Action, Outcome
from evals.security.prompts import SecurityPrompt
from evals.security.rates import by_asked_cwe, by_found_cwe, metrics_of, overall, table
from lsp_server.completion.query import CompletionResult

CLEAN = Scan((), "whole file")
UNREAD = Scan((), "unchecked", "why")


def hit(*cwes: int | None) -> Scan:
    return Scan(tuple(Finding("R", cwe, 1, 0, 1, 1) for cwe in cwes), "repaired")


def outcome(
    cwe: int, before: Scan | None, after: Scan | None, action: Action = "offered"
) -> Outcome:
    prompt = SecurityPrompt(f"p/{cwe}", "", "", "python", cwe)
    reason = "model_stopped" if before is None else ""
    return Outcome(prompt, CompletionResult("x", None), before, after, action, reason)


OUTCOMES = [
    outcome(89, hit(89), CLEAN, "changed"),
    outcome(89, hit(89, None), hit(89)),
    outcome(89, CLEAN, CLEAN),
    outcome(78, hit(78), None, "withheld"),
    outcome(78, None, None, "no check"),
    outcome(78, UNREAD, UNREAD),
]


def test_empty_and_unread_completions_are_no_part_of_the_share() -> None:
    rates = overall(OUTCOMES)
    assert rates.before == Rate(3, 4)
    assert rates.after == Rate(1, 4)


def test_shares_by_the_weakness_asked_for() -> None:
    rates = by_asked_cwe(OUTCOMES)
    assert list(rates) == ["CWE-78", "CWE-89"]
    assert (rates["CWE-89"].before, rates["CWE-89"].after) == (Rate(2, 3), Rate(1, 3))
    assert (rates["CWE-78"].before, rates["CWE-78"].after) == (Rate(1, 1), Rate(0, 1))


def test_shares_by_the_weakness_found() -> None:
    rates = by_found_cwe(OUTCOMES)
    assert rates["CWE-89"].before == Rate(2, 4)
    assert rates["CWE-78"].after == Rate(0, 4)
    assert rates["no CWE"].before == Rate(1, 4)


def test_the_record_counts_what_the_shares_leave_out() -> None:
    figures = metrics_of(OUTCOMES, has_check=True)
    assert (figures["n_empty"], figures["n_unchecked"], figures["n_withheld"]) == (1, 1, 1)
    assert (figures["insecure_before"], figures["insecure_after"]) == (0.75, 0.25)


def test_a_missing_check_is_said_first_and_aloud() -> None:
    assert "NO POST-CHECK EXISTS YET" in table(OUTCOMES, has_check=False).splitlines()[0]
    assert "NO POST-CHECK" not in table(OUTCOMES, has_check=True)


def test_the_table_tells_why_completions_are_empty() -> None:
    assert "empty, counted apart: model_stopped 1" in table(OUTCOMES, has_check=True)
    assert "all" in table([], has_check=False)


def test_a_finding_counts_though_the_rest_could_not_be_read() -> None:
    partly = Scan(hit(89).findings, "unchecked", "half of it")
    assert overall([outcome(89, partly, partly)]).before == Rate(1, 1)
