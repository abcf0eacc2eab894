"""What a review says, as text for people and as JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from analyzers.finding import LEVELS_OF_SEVERITY, Finding, Severity, Span
from analyzers.review.places import Places
from analyzers.review.reviewing import Reviewed, all_findings


def json_document(reviewed: Sequence[Reviewed], n_fixed: int | None = None) -> dict[str, Any]:
    """One JSON document. Lines count from 1; a column is the code points before it on its line.

    Source: `findings` and `unchecked` are the contract of `leadsman review`.
    """
    document: dict[str, Any] = {
        "findings": [document for one in reviewed for document in _findings(one)],
        "unchecked": [
            {"path": one.target.shown, "level": one.report.level, "why": why_unchecked(one)}
            for one in reviewed
            if not one.report.is_checked
        ],
        "without_fix": [
            {"path": one.target.shown, "findings": one.report.n_without_fix}
            for one in reviewed
            if one.report.n_without_fix
        ],
        "files": len(reviewed),
        "levels": dict(sorted(Counter(one.report.level for one in reviewed).items())),
    }
    if n_fixed is not None:
        document["fixed"] = n_fixed
    return document


def text_lines(reviewed: Sequence[Reviewed]) -> Iterator[str]:
    """Line by line for a terminal; here columns count from 1, as terminals' links want them."""
    for one in reviewed:
        places, shown = Places(one.text or ""), plain(one.target.shown)
        for finding in one.report.findings:
            at = places.at(finding.span.start)
            head = f"{shown}:{at.line}:{at.column + 1}: {finding.severity}"
            yield f"{head} {finding.rule} [CWE-{finding.cwe}] {plain(finding.message)}"
            yield f"    {plain(places.line(at.line).strip())}"
            for step in finding.steps:
                where = places.at(step.span.start)
                yield f"    from line {where.line}: {plain(step.note)}"
            if finding.fix is not None:
                yield f"    fix: {plain(finding.fix.title)}"
        if one.report.n_without_fix:
            yield f"{shown}: {_without_fix(one.report.n_without_fix)}"
        if not one.report.is_checked:
            yield f"{shown}: unchecked: {plain(why_unchecked(one))}"


def summary(reviewed: Sequence[Reviewed], n_fixed: int | None) -> str:
    """One line about the whole review."""
    count = Counter(finding.severity for _, finding in all_findings(reviewed))
    parts = [f"{count[kind]} {kind}" for kind in reversed(LEVELS_OF_SEVERITY) if count[kind]]
    found = (
        f"{sum(count.values())} finding{'s' * (sum(count.values()) != 1)} ({', '.join(parts)})"
        if parts
        else "no findings"
    )
    n_unchecked = sum(not one.report.is_checked for one in reviewed)
    unchecked = f", {n_unchecked} unchecked" if n_unchecked else ""
    fixed = f", {n_fixed} fixed" if n_fixed is not None else ""
    files = f"{len(reviewed)} file{'s' * (len(reviewed) != 1)}"
    return f"{files}: {found}{unchecked}{fixed}"


def _without_fix(n_findings: int) -> str:
    return f"no fix was looked for for {n_findings} of its findings, which are too many"


def why_unchecked(one: Reviewed) -> str:
    """What stood in the way of reading a file."""
    return "; ".join(part for part in (one.report.why, *one.report.problems) if part)


def is_at_least(severity: Severity, least: Severity) -> bool:
    """Whether one severity reaches another."""
    return LEVELS_OF_SEVERITY.index(severity) >= LEVELS_OF_SEVERITY.index(least)


def _findings(one: Reviewed) -> list[dict[str, Any]]:
    places = Places(one.text or "")
    return [_finding(one, finding, places) for finding in one.report.findings]


def _finding(one: Reviewed, finding: Finding, places: Places) -> dict[str, Any]:
    document: dict[str, Any] = {
        "path": one.target.shown,
        "rule": finding.rule,
        "cwe": finding.cwe,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "action": finding.action,
        **_range(places, finding.span),
        "message": finding.message,
        "level": one.report.level,
    }
    if finding.steps:
        document["steps"] = [
            {**_range(places, step.span), "note": step.note} for step in finding.steps
        ]
    if finding.fix is not None:
        edits = [{**_range(places, edit.span), "text": edit.text} for edit in finding.fix.edits]
        document["fix"] = {"title": finding.fix.title, "edits": edits}
    return document


def _range(places: Places, span: Span) -> dict[str, Any]:
    start, end = places.at(span.start), places.at(span.end)
    return {
        "start": {"line": start.line, "column": start.column},
        "end": {"line": end.line, "column": end.column},
    }


def plain(text: str) -> str:
    """Without what could steer a terminal: reviewed text and its file's name may be hostile."""
    return "".join(c if c.isprintable() or c == "\t" else _escaped(ord(c)) for c in text)


def _escaped(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
