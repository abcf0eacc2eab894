"""Findings and unread text as diagnostics of the protocol."""

from __future__ import annotations

from lsprotocol import types

from analyzers.finding import LEVELS_OF_SEVERITY, Finding, Severity
from lsp_server.diagnostics.client import FindingsClient
from lsp_server.diagnostics.places import Places
from lsp_server.generated import Mark

SOURCE = "leadsman"
UNCHECKED = "unchecked"
# Of a whole text, which a person need not confirm to have read.
UNREAD = "unread"

_SEVERITIES = {
    "high": types.DiagnosticSeverity.Error,
    "medium": types.DiagnosticSeverity.Warning,
    "low": types.DiagnosticSeverity.Information,
}


def is_at_least(severity: Severity, least: Severity) -> bool:
    """Whether a severity is that bad or worse."""
    return LEVELS_OF_SEVERITY.index(severity) >= LEVELS_OF_SEVERITY.index(least)


def finding_diagnostic(
    finding: Finding, uri: str, places: Places, client: FindingsClient
) -> types.Diagnostic:
    """A finding of one state of the document at `uri`. The rule's page has no address to link."""
    steps = None
    if client.related_information and finding.steps:
        steps = [
            types.DiagnosticRelatedInformation(
                types.Location(uri, places.range(step.span)), step.note
            )
            for step in finding.steps
        ]
    return types.Diagnostic(
        range=places.range(finding.span),
        message=f"{finding.message} (CWE-{finding.cwe})",
        severity=_SEVERITIES[finding.severity],
        code=finding.rule,
        source=SOURCE,
        related_information=steps,
        data={"rule": finding.rule} if client.data else None,
    )


def unread_diagnostic(why: str) -> types.Diagnostic:
    """The text as a whole could not be read: that it shows no findings does not make it clean."""
    start = types.Position(0, 0)
    return types.Diagnostic(
        range=types.Range(start, types.Position(0, 1)),
        message=f"this text could not be checked: {why}",
        severity=types.DiagnosticSeverity.Information,
        code=UNREAD,
        source=SOURCE,
    )


def unchecked_diagnostic(mark: Mark, places: Places) -> types.Diagnostic:
    """Generated text that stands in the document and was read by nobody.

    A hint where its language has no analyzer: there it is the normal case, and the user knows.
    """
    severity = types.DiagnosticSeverity.Warning
    if mark.is_partly_checked:
        severity = types.DiagnosticSeverity.Hint
    return types.Diagnostic(
        range=places.range(mark.span),
        message=f"generated text that could not be checked: {mark.unchecked}",
        severity=severity,
        code=UNCHECKED,
        source=SOURCE,
    )
