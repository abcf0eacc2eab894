"""What every text that rules look at has, whatever kind of tree it was read into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from analyzers.finding import Confidence, Finding, Severity, Span, Step
from analyzers.rule import Rule

_Node = TypeVar("_Node")


class Viewed(Generic[_Node]):
    """A text with nodes that have places in it."""

    def span(self, node: _Node) -> Span:
        """Where a node stands in the text."""
        raise NotImplementedError

    def finding(
        self,
        rule: Rule,
        node: _Node,
        message: str,
        *,
        cwe: int | None = None,
        severity: Severity | None = None,
        confidence: Confidence | None = None,
        steps: Sequence[tuple[_Node, str]] = (),
    ) -> Finding:
        """A finding of `rule` at `node`; what is not said is as the rule says."""
        return Finding(
            rule=rule.name,
            cwe=cwe or rule.cwe,
            severity=severity or rule.severity,
            confidence=confidence or rule.confidence,
            span=self.span(node),
            message=message,
            steps=tuple(Step(self.span(at), note) for at, note in steps),
        )
