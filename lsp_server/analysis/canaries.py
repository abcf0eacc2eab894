"""A finding that each engine must have: an engine that is asleep finds nothing in anything.

The texts are dead on purpose: they are parsed and never run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lsp_server import VERSION
from lsp_server.analysis.analyzers import EngineState
from lsp_server.fault import describe

_SCRIPTS = ("javascript", "javascriptreact", "typescript", "typescriptreact")
_SCRIPT = "function f() { eval(location.hash) }\n"
_FLOW = "from flask import request\nexec(request.args['x'])\n"
_GUARD = "def f(user):\n    assert user.is_admin\n"


@dataclass(frozen=True, slots=True)
class Canary:
    """One engine and how to see that it is awake.

    languages: of which texts nothing can be said without it.
    look: what is wrong, None when it found what it must find; may raise.
    version: asked of an engine that is awake.
    """

    engine: str
    languages: tuple[str, ...]
    look: Callable[[], str | None]
    version: Callable[[], str]


def canaries() -> tuple[Canary, ...]:
    """One for each engine."""
    return (
        Canary("rules", ("python",), lambda: _scan("python", _GUARD), lambda: VERSION),
        Canary(
            "repair",
            ("python",),
            lambda: _scan("python", _GUARD + "    for x in (1, "),
            _tree_sitter_version,
        ),
        Canary(
            "flow", ("python",), lambda: _scan("python", _FLOW, "code-injection"), lambda: VERSION
        ),
        Canary(
            "scripts",
            _SCRIPTS,
            lambda: next(
                filter(None, (_scan(one, _SCRIPT, "js-code-injection") for one in _SCRIPTS)), None
            ),
            _tree_sitter_version,
        ),
        Canary("bandit", ("python",), _look_at_bandit, _bandit_version),
    )


def examine_engines(chosen: tuple[Canary, ...] | None = None) -> tuple[EngineState, ...]:
    """Asks every canary, or those that are given."""
    return tuple(map(_examine, canaries() if chosen is None else chosen))


def _examine(canary: Canary) -> EngineState:
    version = ""
    try:
        why_not = canary.look()
        version = "" if why_not else canary.version()
    except Exception as exc:  # noqa: BLE001 - An engine that raises is what is looked for.
        why_not = describe(exc)
    return EngineState(canary.engine, version, canary.languages, why_not)


def _scan(language: str, text: str, rule: str = "assert-guard") -> str | None:
    from analyzers.check import scan

    report = scan(text, language)
    if not report.is_checked:
        return "; ".join(report.problems) or report.why
    if rule not in {finding.rule for finding in report.findings}:
        return f"it did not find {rule} where it is"
    return None


def _look_at_bandit() -> str | None:
    from analyzers.engines.bandit import BanditUnavailable, issues
    from analyzers.reading.parsing import Problem, parse

    tree = parse("import pickle\npickle.loads(data)\n")
    if isinstance(tree, Problem):
        return f"its canary does not parse: {tree}"
    try:
        found = {issue.test for issue in issues(tree)}
    except BanditUnavailable as error:
        return str(error)
    return None if "B301" in found else "it did not find B301 where it is"


def _bandit_version() -> str:
    from analyzers.engines.bandit import version

    return version()


def _tree_sitter_version() -> str:
    from importlib.metadata import version

    return version("tree-sitter")
