"""The built-in finder: Bandit, with half-typed code repaired so that it can be read at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from evals.errors import EvalError
from evals.security.bandit_rules import bandit_findings
from evals.security.finding import Finding, Level, Scan, Span
from evals.security.repair import Repaired, cut_out, parses, repair

# What a text may do to a parser: odd characters, and nesting without end.
_UNREADABLE = (ValueError, RecursionError, MemoryError)


def find(text: str, span: Span | None, language: str) -> Scan:
    """Bandit's findings at the first level at which the text, or its span, can be read.

    Levels: the whole file as it is; the whole file repaired; the lines of the span below the
    file's imports; unchecked. No line of the span is ever left out.
    """
    if language != "python":
        return Scan((), "unchecked", f"no finder for the language {language!r}")
    try:
        return _scan(text, span)
    except EvalError:
        raise  # The wrong version of Bandit is not the text's fault.
    except Exception as error:  # noqa: BLE001  # A rule runner: whatever a rule raises.
        return Scan((), "unchecked", f"{type(error).__name__}: {error}")


def _scan(text: str, span: Span | None) -> Scan:
    try:
        error = parses(text)
        if error is None:
            return Scan(tuple(bandit_findings(text)), "whole file")
        ways: list[tuple[Level, Callable[[], Repaired | None]]] = [
            ("repaired", lambda: repair(text, span))
        ]
        if span is not None:
            ways.append(("fragment", lambda: cut_out(text, span)))
        for level, way in ways:
            if (repaired := way()) is not None:
                return _placed(repaired, level)
    except _UNREADABLE as problem:
        return Scan((), "unchecked", f"{type(problem).__name__}: {problem}")
    return Scan((), "unchecked", f"does not parse: {error.msg} (line {error.lineno})")


def _placed(repaired: Repaired, level: Level) -> Scan:
    """The findings with the line numbers of the text that was repaired."""
    findings = [_original(finding, repaired.numbers) for finding in bandit_findings(repaired.text)]
    kept = tuple(finding for finding in findings if finding is not None)
    return Scan(kept, level, n_unread_lines=repaired.n_unread_lines)


def _original(finding: Finding, numbers: tuple[int | None, ...]) -> Finding | None:
    line = numbers[finding.line - 1] if 0 < finding.line <= len(numbers) else None
    if line is None:
        return None  # It lies in what the repair added.
    end = min(finding.end_line, len(numbers)) - 1
    last = end
    while last > finding.line - 1 and numbers[last] is None:
        last -= 1
    last_line = numbers[last] or line
    if last < end:
        # The end lies in what the repair added: the finding goes to the end of its last real line.
        return replace(finding, line=line, end_line=last_line + 1, end_column=0)
    return replace(finding, line=line, end_line=last_line)
