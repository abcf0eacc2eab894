"""A finding that each engine must have: an engine that is asleep finds nothing in anything.

The texts are dead on purpose: they are parsed and never run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lsp_server.analysis.analyzers import EngineState
from lsp_server.fault import describe


@dataclass(frozen=True, slots=True)
class Canary:
    """`text` has a finding of `rule`, which only this engine sees."""

    engine: str
    version: str
    language: str
    text: str
    rule: str


def canaries() -> tuple[Canary, ...]:
    """One for each engine."""
    from lsp_server import VERSION

    return (
        Canary(
            "rules", VERSION, "python", "def f(user):\n    assert user.is_admin\n", "assert-guard"
        ),
    )


def examine_engines(texts: Sequence[Canary] | None = None) -> tuple[EngineState, ...]:
    """Scans every canary."""
    return tuple(map(_examine, canaries() if texts is None else texts))


def _examine(canary: Canary) -> EngineState:
    from analyzers.check import scan

    why_not = None
    try:
        report = scan(canary.text, canary.language)
    except Exception as exc:  # noqa: BLE001 - An engine that raises is what is looked for.
        why_not = describe(exc)
    else:
        if not report.is_checked:
            why_not = "; ".join(report.problems) or report.why
        elif canary.rule not in {finding.rule for finding in report.findings}:
            why_not = f"it did not find {canary.rule} where it is"
    return EngineState(canary.engine, canary.version, (canary.language,), why_not)
