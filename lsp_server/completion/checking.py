"""Nothing generated is offered unread: a completion, read in its place, and what is left of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from analyzers.check import Insertion
from analyzers.finding import Finding, Span
from analyzers.report import Report
from lsp_server.completion.query import CompletionResult, EmptyReason

_LINE_END = re.compile(r"\r\n|\r|\n")

# Reads an insertion with every beginning of it, and never raises.
Check = Callable[[str, Insertion], Report]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a completion goes in the text that the client has.

    replaced: what the client will replace.
    typed: what stands there first: the suggestion that the client would take. The client shows
        nothing that does not begin with it.
    """

    document: str
    replaced: Span
    typed: str = ""


def checked(result: CompletionResult, placement: Placement, check: Check) -> CompletionResult:
    """The result with the text that may be offered, or with none and the reason.

    What is read is exactly what would be sent: with the typed text, in place of what is replaced.
    """
    if not result.text:
        return result
    started = time.perf_counter()
    report, sent = _read(placement.typed + result.text, placement, check)
    reason: EmptyReason | None = None
    detail = result.detail
    if sent is None:
        reason = "blocked" if report.is_checked or _to_blame(report) else "unchecked"
        detail = explain(report, placement, placement.typed + result.text)
    check_ms = (time.perf_counter() - started) * 1000.0
    timings_ms = dict(result.timings_ms)
    timings_ms["check"] = check_ms
    timings_ms["total"] = timings_ms.get("total", 0.0) + check_ms
    return replace(
        result,
        text="" if sent is None else sent[len(placement.typed) :],
        reason=reason,
        detail=detail,
        timings_ms=timings_ms,
        check=report,
    )


def _read(text: str, placement: Placement, check: Check) -> tuple[Report, str | None]:
    report = check(placement.document, Insertion(placement.replaced, text))
    if report.verdict == "block" or report.text is None:
        return report, None
    if report.verdict != "fix":
        return report, text
    fixed = report.text
    if not fixed.startswith(placement.typed) or not fixed[len(placement.typed) :].strip():
        return report, None
    # A fix is a text like any other, and so is every beginning of it.
    again = check(placement.document, Insertion(placement.replaced, fixed))
    if again.verdict not in ("allow", "annotate") or (report.is_checked and not again.is_checked):
        return report, None
    return report, fixed


def explain(report: Report, placement: Placement, text: str) -> str:
    """One line: what was found and where, or what stood in the way."""
    document = _document_with(text, report, placement)
    to_blame = _to_blame(report)
    if not report.is_checked and not to_blame:
        return "; ".join(report.problems) or report.why or "the analyzers did not say why"
    lines = [_line(finding, document) for finding in to_blame or report.findings]
    taken = "" if report.prefix is None else "a beginning of it that an editor can insert: "
    if report.verdict == "annotate" and report.is_checked and report.why:
        lines.append(report.why)
    return taken + ("; ".join(lines) or report.why)


def _to_blame(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.action in ("block", "fix")]


def _document_with(text: str, report: Report, placement: Placement) -> str:
    """The document in which the findings lie."""
    placed = text if report.prefix is None else report.prefix
    return Insertion(placement.replaced, placed).applied(placement.document)


def _line(finding: Finding, document: str) -> str:
    line = _place(document, finding.span.start)["line"]
    return f"{finding.message} [{finding.rule}, CWE-{finding.cwe}, line {line}]"


def check_document(
    result: CompletionResult, placement: Placement, generated: str
) -> dict[str, object] | None:
    """The check as JSON; lines from 1, columns as code points before the place.

    generated: the text before it was read. Places are those of the document that has it.
    """
    report = result.check
    if report is None:
        return None
    text = placement.typed + generated
    document = _document_with(text, report, placement)
    why = explain(report, placement, text) if result.reason is not None else report.why
    return {
        "verdict": report.verdict,
        "level": report.level,
        "findings": [_finding_document(finding, document) for finding in report.findings],
        "why": why or "; ".join(report.problems),
    }


def _finding_document(finding: Finding, document: str) -> dict[str, object]:
    found: dict[str, object] = {
        "rule": finding.rule,
        "cwe": finding.cwe,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "action": finding.action,
        "start": _place(document, finding.span.start),
        "end": _place(document, finding.span.end),
        "message": finding.message,
    }
    if finding.fix is not None:
        found["fix"] = finding.fix.title
    return found


def _place(text: str, offset: int) -> dict[str, int]:
    lines = _LINE_END.split(text[:offset])
    return {"line": len(lines), "column": len(lines[-1])}
