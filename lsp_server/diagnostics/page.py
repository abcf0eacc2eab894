"""A finding and the manual page of its rule, as an editor shows them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analyzers.finding import Finding
from analyzers.registry import rules
from lsp_server.diagnostics.places import Places

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```\w*\n?", re.MULTILINE)


def page_of(rule: str) -> str | None:
    """The page in Markdown, under the name of the rule; None for a name of no rule."""
    registered = rules().get(rule)
    return None if registered is None else f"# {rule}: {registered.page}"


def describe_findings(findings: Sequence[Finding], places: Places) -> str:
    """The findings in Markdown, each with its page."""
    return "\n\n---\n\n".join(_describe(finding, places) for finding in findings)


def _describe(finding: Finding, places: Places) -> str:
    lines = [
        f"**{finding.message}**",
        "",
        f"`{finding.rule}` · CWE-{finding.cwe} · severity {finding.severity}, "
        f"confidence {finding.confidence}",
    ]
    if finding.steps:
        lines += ["", "The way of the data:", ""]
        lines += [
            f"{number}. line {places.position(step.span.start).line + 1}: {step.note}"
            for number, step in enumerate(finding.steps, start=1)
        ]
    if finding.fix is not None:
        lines += ["", f"Fix: {finding.fix.title}"]
    page = page_of(finding.rule)
    return "\n".join(lines) + (f"\n\n{page}" if page else "")


def to_plain(markdown: str) -> str:
    """The same for clients that show text as it is."""
    text = _HEADING.sub(lambda match: match[1].upper(), markdown)
    text = re.sub(r"^# (.+)$", r"\1", text, flags=re.MULTILINE)
    return _FENCE.sub("", text).replace("**", "")
