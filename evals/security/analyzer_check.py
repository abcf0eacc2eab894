"""The product's own post-check: what the editor would get of a completion."""

from __future__ import annotations

from analyzers.check import Insertion, check_prefixes
from analyzers.finding import Span as PlacedSpan
from evals.security.finding import Offer, Span


def offer(text: str, span: Span, language: str) -> Offer:
    """Decides with the default policy over the completion that lies at `span` of `text`."""
    document = text[: span.start] + text[span.end :]
    insertion = Insertion(PlacedSpan(span.start, span.start), text[span.start : span.end])
    report = check_prefixes(document, insertion, language)
    told = report.why or "; ".join(finding.rule for finding in report.findings)
    return Offer(report.text, told)
