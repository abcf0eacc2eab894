"""Bandit 1.9 in process, on a tree that was parsed elsewhere.

A rule of ours that has no `find` leaves the looking to the tests of Bandit among its aliases. A
rule with one speaks for its aliases itself: Bandit would only repeat it, or say again what it was
written to leave out. What no rule names is off.

Bandit has no documented way to scan a tree. Its visitor is driven as its manager drives it, which
Bandit does not promise; so the version is checked, and a contract test compares with its process.
"""

from __future__ import annotations

import ast
import functools
import logging
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from analyzers.code import Code
from analyzers.finding import Finding, Severity
from analyzers.registry import rules
from analyzers.rule import Rule
from analyzers.spelling import folded

SERIES = "1.9."


class BanditUnavailable(RuntimeError):
    """Bandit is missing, or of a series that this was not written for."""


@dataclass(frozen=True, slots=True)
class Issue:
    """What a test of Bandit says of a node; `cwe` and `severity` are Bandit's own."""

    test: str
    node: ast.AST
    message: str
    cwe: int
    severity: Severity


@dataclass(frozen=True, slots=True)
class _Loaded:
    version: str
    tests: Any
    visitor: Any


def find(code: Code) -> Iterator[Finding]:
    """The findings of the rules that leave the looking to Bandit.

    Raises:
        BanditUnavailable: it cannot be used here.
        Exception: whatever one of its tests raises; then nothing is known of the text.
    """
    lowered = folded(code.text)
    wanted = {test: rule for test, rule in _rules_by_test().items() if rule.may_be_in(lowered)}
    if not wanted:
        return
    for issue in issues(code.tree, wanted):
        # Bandit does not know that what is missing from an open call may still be typed.
        if code.is_in_focus(issue.node) and not code.is_open(issue.node):
            yield code.finding(wanted[issue.test], issue.node, issue.message)


def issues(tree: ast.Module, tests: Collection[str] | None = None) -> list[Issue]:
    """What these tests, or all, say of a tree; `# nosec` is a comment like any other.

    Leaves Bandit's marks (`_bandit_parent`, `_bandit_sibling`) on the nodes.

    Raises:
        BanditUnavailable: it cannot be used here.
        Exception: whatever a test raises.
    """
    loaded = _loaded()
    visitor = loaded.visitor(_Chosen(loaded.tests, None if tests is None else frozenset(tests)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        visitor.generic_visit(tree)
    return [issue for issue in visitor.found if tests is None or issue.test in tests]


def version() -> str:
    """Bandit's version; loads it, which takes about 0.2 s the first time.

    Raises:
        BanditUnavailable: it cannot be used here.
    """
    return _loaded().version


@functools.cache
def _rules_by_test() -> dict[str, Rule]:
    return {
        alias: registered.rule
        for registered in rules().values()
        if registered.find is None
        for alias in registered.rule.aliases
        if alias.startswith("B")
    }


class _Chosen:
    """The part of Bandit's set of tests that its visitor asks."""

    # The visitor's own selection cannot be used: one list of forbidden calls and imports hangs on
    # a function of Bandit's module, so that the set made last would decide for all.
    def __init__(self, tests: Any, chosen: frozenset[str] | None) -> None:
        self._tests = {
            kind: [test for test in of_kind if chosen is None or _speaks_for(test) & chosen]
            for kind, of_kind in tests.tests.items()
        }

    def get_tests(self, kind: str) -> list[Any]:
        return self._tests.get(kind, [])


def _speaks_for(test: Any) -> frozenset[str]:
    if test._test_id != "B001":
        return frozenset({test._test_id})
    return frozenset(entry["id"] for entries in test._config.values() for entry in entries)


@functools.cache
def _loaded() -> _Loaded:
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
        raise BanditUnavailable(
            f"Bandit cannot be loaded ({error}); pip install 'bandit>=1.9.4,<1.10'"
        ) from error
    if not bandit.__version__.startswith(SERIES):
        raise BanditUnavailable(
            f"Bandit {bandit.__version__} is installed and {SERIES}x is needed; "
            "pip install 'bandit>=1.9.4,<1.10'"
        )
    # Bandit logs what it cannot do with a text; here that is an exception.
    logging.getLogger("bandit").addHandler(logging.NullHandler())

    class Visitor(node_visitor.BanditNodeVisitor):  # type: ignore[misc]
        """Keeps the node of each issue, which Bandit reduces to lines."""

        def __init__(self, tests: _Chosen) -> None:
            # A name without a folder: Bandit looks for the packages of anything else on the disk.
            super().__init__(
                "<text>",
                None,
                meta_ast.BanditMetaAst(),
                tests,
                False,
                {},  # No line is exempt.
                metrics.Metrics(),
            )
            # A test that raises is not passed over. For the visitor itself the same flag would
            # print every node.
            self.tester.debug = True
            self.found: list[Issue] = []

        def update_scores(self, scores: object) -> None:
            """Called after the tests of each node, where Bandit adds up its scores."""
            for issue in self.tester.results[len(self.found) :]:
                node, severity = self.context["node"], issue.severity.lower()
                cwe = int(issue.cwe.id or 0)
                self.found.append(Issue(issue.test_id, node, issue.text, cwe, severity))

    return _Loaded(bandit.__version__, test_set.BanditTestSet(config.BanditConfig(), {}), Visitor)
