"""The peer: Bandit with all of its rules, on every text that our own reading can make a tree of.

Bandit alone cannot read most of the fragments that a model writes. Reading them for it makes it the
strongest peer there is, and leaves the difference to our rules.
"""

from __future__ import annotations

from analyzers.code import Code
from analyzers.engines.bandit import BanditUnavailable, Issue, issues, version
from analyzers.reading.parsing import Problem, parse
from analyzers.reading.tolerance import parse_tolerant
from evals.errors import DatasetError
from evals.security.analyzer_finder import placed
from evals.security.finding import Finding, Level, Scan, Span

# Where Bandit's CWE names a neighbour or a class of the weakness, by what the rule looks for.
_CWE = {
    "B102": 95,  # exec: 78 in Bandit
    "B307": 95,  # eval: 78
    "B201": 489,  # debug=True: 94
    "B506": 502,  # yaml.load: 20
    "B701": 79,  # autoescape off: 94
    **{f"B{number}": 611 for number in (313, 314, 315, 316, 317, 318, 319)},  # XML readers: 20
    **{f"B{number}": 611 for number in (405, 406, 407, 408, 409, 411)},  # and their imports: 20
}


def bandit_version() -> str:
    """Bandit's version, for the fingerprint.

    Raises:
        DatasetError: it is missing or of another series.
    """
    try:
        return version()
    except BanditUnavailable as error:
        raise DatasetError(str(error)) from error


def find(text: str, span: Span | None, language: str) -> Scan:
    """Bandit's findings in a text that can be read whole, repaired, or not.

    Raises:
        DatasetError: Bandit is missing or of another series.
    """
    if language != "python":
        return Scan((), "unchecked", f"no finder for the language {language!r}")
    bandit_version()
    level: Level = "whole file"
    n_unread_lines = 0
    tree = parse(text)
    if isinstance(tree, Problem):
        repaired = parse_tolerant(text, None)
        if isinstance(repaired, Problem):
            return Scan((), "unchecked", f"does not parse: {repaired.message}")
        tree, level, n_unread_lines = repaired.tree, "repaired", len(repaired.left_out)
    try:
        found = issues(tree)
    except Exception as error:  # noqa: BLE001  # A rule runner: whatever a rule raises.
        return Scan((), "unchecked", f"{type(error).__name__}: {error}")
    code = Code(text, tree)
    findings = {_finding(issue, code) for issue in found}
    ordered = sorted(findings, key=lambda f: (f.line, f.column, f.rule))
    return Scan(tuple(ordered), level, n_unread_lines=n_unread_lines)


def _finding(issue: Issue, code: Code) -> Finding:
    line, column, end_line, end_column = placed(code.span(issue.node), code.text)
    return Finding(
        issue.test,
        _CWE.get(issue.test, issue.cwe),
        line,
        column,
        end_line,
        end_column,
        issue.severity,
        issue.message,
    )
