"""Bandit 1.9 in process, on a string: what it says about text that parses, and nothing else.

Bandit has no documented way to scan a string. Its visitor is called as its manager does it, which
is not a promise of Bandit's; the version is therefore checked and a contract test pins it.
"""

from __future__ import annotations

import functools
import io
import logging
import re
import warnings
from dataclasses import dataclass
from typing import Any, cast

from evals.errors import DatasetError
from evals.security.finding import Finding, Severity, split_lines

SERIES = "1.9."

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
_COOKIE = re.compile(rb"coding(?=[:=])")
_BIDI = "B613"


@dataclass(frozen=True, slots=True)
class _Scanner:
    version: str
    tests: Any
    meta: Any
    visitor: Any
    metrics: Any


@functools.cache
def _scanner() -> _Scanner:
    """Bandit, loaded when first needed, with one configuration: all rules, no file of the user's.

    Raises:
        DatasetError: it is not installed, or of another series than the one this was written for.
    """
    remedy = "pip install 'leadsman[evals]'"
    try:
        with warnings.catch_warnings():
            # Bandit calls its plugin loader in a way that newer ones complain about.
            warnings.simplefilter("ignore", DeprecationWarning)
            import bandit  # type: ignore[import-untyped]
            from bandit.core import (  # type: ignore[import-untyped]
                config,
                meta_ast,
                metrics,
                node_visitor,
                test_set,
            )
    except ImportError as error:
        raise DatasetError(f"Bandit cannot be loaded ({error}); {remedy}") from error
    if not bandit.__version__.startswith(SERIES):
        raise DatasetError(
            f"Bandit {bandit.__version__} is installed and {SERIES}x is needed; {remedy}"
        )
    # Bandit logs what it cannot do with a text; here that is the result's `why`.
    logging.getLogger("bandit").addHandler(logging.NullHandler())
    return _Scanner(
        bandit.__version__,
        test_set.BanditTestSet(config.BanditConfig(), {}),
        meta_ast.BanditMetaAst(),
        node_visitor.BanditNodeVisitor,
        metrics.Metrics,
    )


def check_version() -> str:
    """Bandit's version, for the fingerprint.

    Raises:
        DatasetError: it is missing or of another series.
    """
    return _scanner().version


def bandit_findings(text: str) -> list[Finding]:
    """Bandit's findings in a text that parses; `# nosec` is a comment like any other.

    Raises:
        Exception: whatever Bandit or one of its rules raises; then nothing is known of the text.
    """
    scanner = _scanner()
    # A name without a folder: Bandit looks for the packages of anything else on the disk.
    name = "<text>"
    visitor = scanner.visitor(
        name,
        io.BytesIO(_without_cookie(text)),
        scanner.meta,
        scanner.tests,
        True,  # Rules that raise are not passed over.
        {},  # No line is exempt.
        scanner.metrics(),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        visitor.process(text)
    lines = split_lines(text)
    found = [_finding(issue, lines, text) for issue in visitor.tester.results]
    return sorted(set(found), key=lambda f: (f.line, f.column, f.rule))


def _without_cookie(text: str) -> bytes:
    """UTF-8 in which no line names another encoding, for the one rule that reads bytes."""
    first, newline, rest = text.encode().partition(b"\n")
    second, end, rest = rest.partition(b"\n")
    return _COOKIE.sub(b"c_ding", first + newline + second) + end + rest


def _finding(issue: Any, lines: list[str], text: str) -> Finding:
    # Some rules name the line of an argument, while the column is always that of the whole node.
    node_lines = [*issue.linerange, int(issue.lineno or 1)]
    line, end_line = max(min(node_lines), 1), max(node_lines)
    column = int(issue.col_offset)
    if issue.test_id == _BIDI:
        line, column = _bidi_place(issue, text)
        end_line, end_column = line, column + 1
    else:
        column = _characters(lines, line, column)
        end_column = _characters(lines, end_line, int(issue.end_col_offset))
        if (end_line, end_column) <= (line, column):
            end_column = len(_line(lines, end_line))
    return Finding(
        rule=issue.test_id,
        cwe=_CWE.get(issue.test_id, int(issue.cwe.id) or None),
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        severity=cast(Severity, issue.severity.lower()),
        message=issue.text,
    )


def _bidi_place(issue: Any, text: str) -> tuple[int, int]:
    """This rule counts lines as `str.splitlines` does, and columns from 1 in characters."""
    before = "".join(text.splitlines(keepends=True)[: issue.lineno - 1])
    at = len(before) + issue.col_offset - 1
    lines = split_lines(text[: at + 1])
    return len(lines), len(lines[-1]) - 1


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1].rstrip("\r\n") if 0 < number <= len(lines) else ""


def _characters(lines: list[str], number: int, column_utf8: int) -> int:
    """Python's syntax tree counts columns in bytes of UTF-8."""
    return len(_line(lines, number).encode()[: max(column_utf8, 0)].decode(errors="ignore"))
