"""A review as SARIF 2.1.0, for code scanning and editors.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from analyzers.finding import Finding, Severity, Span
from analyzers.registry import RegisteredRule, rules
from analyzers.review.documents import why_unchecked
from analyzers.review.places import Places
from analyzers.review.reviewing import Reviewed

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVEL: dict[Severity, str] = {"low": "note", "medium": "warning", "high": "error"}
# What code scanning shows as the severity of a security rule, on the scale of CVSS.
_SCORE: dict[Severity, str] = {"low": "3.0", "medium": "6.0", "high": "8.5"}


def sarif_document(reviewed: Sequence[Reviewed], version: str) -> dict[str, Any]:
    """One run of Leadsman as a SARIF log."""
    names = sorted({finding.rule for one in reviewed for finding in one.report.findings})
    index = {name: i for i, name in enumerate(names)}
    seen: Counter[str] = Counter()
    unread = [_notification(one) for one in reviewed if not one.report.is_checked]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Leadsman",
                        "semanticVersion": version,
                        "rules": [_rule(rules()[name]) for name in names],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    # A run in which something could not be read did not succeed.
                    {"executionSuccessful": not unread, "toolExecutionNotifications": unread}
                ],
                "results": [
                    _result(one, finding, index, seen)
                    for one in reviewed
                    for finding in one.report.findings
                ],
            }
        ],
    }


def _rule(registered: RegisteredRule) -> dict[str, Any]:
    rule, page = registered.rule, registered.page
    title, _, rest = page.partition("\n")
    return {
        "id": rule.name,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": _sentence(title)},
        "fullDescription": {"text": _sentence(_section(rest))},
        "help": {"text": page, "markdown": f"# {page}"},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
        "properties": {
            "tags": ["security", f"external/cwe/cwe-{rule.cwe:03d}"],
            "precision": {"low": "low", "medium": "medium", "high": "high"}[rule.confidence],
            "security-severity": _SCORE[rule.severity],
        },
    }


def _result(
    one: Reviewed, finding: Finding, index: dict[str, int], seen: Counter[str]
) -> dict[str, Any]:
    places = Places(one.text or "")
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": _LEVEL[finding.severity],
        "message": {"text": _sentence(finding.message)},
        "locations": [_location(one, places, finding.span)],
        "partialFingerprints": {"leadsman/v1": _fingerprint(one, finding, seen)},
        "properties": {"confidence": finding.confidence, "cwe": f"CWE-{finding.cwe}"},
    }
    if finding.steps:
        steps = [
            {"location": {**_location(one, places, step.span), "message": {"text": step.note}}}
            for step in finding.steps
        ]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if finding.fix is not None:
        replacements = [
            {
                "deletedRegion": _region(places, edit.span),
                **({"insertedContent": {"text": edit.text}} if edit.text else {}),
            }
            for edit in finding.fix.edits
        ]
        result["fixes"] = [
            {
                "description": {"text": _sentence(finding.fix.title)},
                "artifactChanges": [
                    {"artifactLocation": _artifact(one), "replacements": replacements}
                ],
            }
        ]
    return result


def _fingerprint(one: Reviewed, finding: Finding, seen: Counter[str]) -> str:
    """The same while lines above change: the rule, the file, the words, and which copy it is."""
    words = " ".join((one.text or "")[finding.span.start : finding.span.end].split())
    key = "\0".join((finding.rule, one.target.shown, words))
    seen[key] += 1
    return hashlib.sha256(f"{key}\0{seen[key]}".encode(errors="surrogatepass")).hexdigest()[:32]


def _location(one: Reviewed, places: Places, span: Span) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(one),
            "region": _region(places, span),
        }
    }


def _artifact(one: Reviewed) -> dict[str, str]:
    path = one.target.shown
    uri = quote(os.fsencode(path), safe="/") if path != "-" else "stdin"
    return {"uri": f"file://{uri}" if path.startswith("/") else uri}


def _region(places: Places, span: Span) -> dict[str, int]:
    start, end = places.at(span.start), places.at(span.end)
    return {
        "startLine": start.line,
        "startColumn": start.column + 1,
        "endLine": end.line,
        "endColumn": end.column + 1,
    }


def _notification(one: Reviewed) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": _sentence(f"unchecked: {why_unchecked(one)}")},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(one)}}],
    }


def _section(page: str) -> str:
    body = page.partition("## What it does")[2].partition("\n## ")[0]
    return " ".join(body.split())


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
