"""The SARIF log has what code scanning needs, and says when something was not read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analyzers.finding import Edit, Finding, Fix, Span, Step
from analyzers.report import Report
from analyzers.review.reviewing import Reviewed
from analyzers.review.sarif import sarif_document
from analyzers.review.targets import Target

TEXT = "x = 1\nassert user.is_admin\nassert user.is_admin\n"
FINDING = Finding(
    "assert-guard", 703, "medium", "medium", Span(6, 26), "gone", (Step(Span(0, 1), "here"),),
    Fix("raise", (Edit(Span(6, 26), ""),)),
)  # fmt: skip


def _run(text: str, *findings: Finding, shown: str = "a b.py", level: str = "whole file") -> Any:
    report = Report("annotate", findings, level, text, "why")  # type: ignore[arg-type]
    one = Reviewed(Target(Path(shown), shown, "python"), text, report)
    document = sarif_document([one], "0.1.0")
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    return run


def test_a_result_points_at_its_rule_its_place_its_flow_and_its_fix() -> None:
    run = _run(TEXT, FINDING)
    (result,) = run["results"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["id"] == result["ruleId"] == "assert-guard"
    assert "external/cwe/cwe-703" in rule["properties"]["tags"]
    assert rule["help"]["markdown"].startswith("# An assert that guards access")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b.py"
    assert place["region"] == {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 21}
    flow = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert flow[0]["location"]["message"]["text"] == "here"
    change = result["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert "insertedContent" not in change
    assert change["deletedRegion"]["startLine"] == 2


def test_fingerprints_outlive_lines_above_and_tell_copies_apart() -> None:
    second = replace(FINDING, span=Span(27, 47), steps=())
    before = [r["partialFingerprints"] for r in _run(TEXT, FINDING, second)["results"]]
    moved = [replace(f, span=Span(f.span.start + 2, f.span.end + 2)) for f in (FINDING, second)]
    after = [r["partialFingerprints"] for r in _run("\n\n" + TEXT, *moved)["results"]]
    assert before == after
    assert before[0] != before[1]


@pytest.mark.parametrize(("level", "succeeded"), [("whole file", True), ("not checkable", False)])
def test_a_run_that_could_not_read_something_did_not_succeed(level: str, succeeded: bool) -> None:
    (invocation,) = _run(TEXT, level=level)["invocations"]
    assert invocation["executionSuccessful"] is succeeded
    assert bool(invocation["toolExecutionNotifications"]) is not succeeded
