"""Asks every rule and engine about a text that was read, and survives each of them."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from analyzers.code import Code
from analyzers.deadline import Deadline, TooSlow
from analyzers.duplicates import distinct
from analyzers.finding import Finding
from analyzers.flow.analysis import was_left_out
from analyzers.javascript.script import ScriptCode
from analyzers.registry import RegisteredRule, rules, rules_for
from analyzers.relevance import may_be_sure
from analyzers.said import words_said
from analyzers.spelling import folded
from analyzers.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class Found:
    """What the rules say, and one line for each that failed."""

    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()


def find_in_code(code: Code, deadline: Deadline, only: frozenset[str] | None = None) -> Found:
    """What the rules for Python and Bandit find in the focus of `code`; all of them if None."""
    if only is None:
        said = vocabulary([code.text])
        only = frozenset(
            each.rule.name for each in rules_for("python") if said.may_hold(each.calls)
        )
        only |= _of_bandit()
    own, problems = ask(rules_for("python"), code, folded(code.text), deadline, only)
    if was_left_out(code):
        problems.append("there is more code here than data can be followed through")
    foreign: list[Finding] = []
    if not only.isdisjoint(_of_bandit()):
        try:
            deadline.check()
            foreign += _bandit()(Code(code.text, code.focused_tree, code.focus, code.project))
        except TooSlow as error:
            problems.append(f"bandit: {error}")
        except Exception as error:  # noqa: BLE001  # As in `ask`.
            problems.append(f"bandit: {type(error).__name__}: {error}")
    return Found(distinct(own, foreign), tuple(problems))


def find_in_script(
    code: ScriptCode, deadline: Deadline, only: frozenset[str] | None = None
) -> Found:
    """What the rules for the language of `code` find; all of them if None."""
    language = "javascript" if code.dialect == "javascript" else "typescript"
    lowered = code.text.lower()
    found, problems = ask(_asked_of(language, lowered), code, lowered, deadline, only)
    # What only a repair wrote is in no file.
    return Found(distinct(f for f in found if f.span.start < f.span.end), tuple(problems))


def find_in_text(text: str, deadline: Deadline) -> Found:
    """What the rules for text of any language find."""
    lowered = text.lower()
    found, problems = ask(_asked_of("any", lowered), text, lowered, deadline)
    return Found(distinct(found), tuple(problems))


def _asked_of(language: str, lowered: str) -> tuple[RegisteredRule, ...]:
    """The rules for a language of which a text has words, told from its parts that were known."""
    said = words_said(lowered)
    return tuple(each for each in rules_for(language) if each.rule.may_be_among(said))


def ask(
    registered: tuple[RegisteredRule, ...],
    subject: Code | ScriptCode | str,
    lowered: str,
    deadline: Deadline,
    only: frozenset[str] | None = None,
) -> tuple[list[Finding], list[str]]:
    """What each rule says of `subject`, and what went wrong.

    lowered: the subject's text in lower case, for the rules' words.
    only: the names of those that are asked.
    """
    found: list[Finding] = []
    problems: list[str] = []
    for each in registered:
        rule = each.rule
        if only is not None and rule.name not in only:
            continue
        if not rule.may_be_in(lowered):
            continue
        assert each.find is not None
        try:
            deadline.check()
            for finding in each.find(subject):
                found.append(_sobered(finding, each))
                deadline.check()
        except TooSlow as error:
            problems.append(f"{rule.name}: {error}")
            break
        except Exception as error:  # noqa: BLE001  # It must neither end the rest nor pass as clean.
            problems.append(f"{rule.name}: {type(error).__name__}: {error}")
    return found, problems


def _sobered(finding: Finding, registered: RegisteredRule) -> Finding:
    """A rule that does not say of itself that it may be grave and sure at once is not."""
    if finding.severity == finding.confidence == "high" and not may_be_sure(registered):
        return replace(finding, confidence="medium")
    return finding


@functools.cache
def _of_bandit() -> frozenset[str]:
    return frozenset(name for name, registered in rules().items() if registered.find is None)


@functools.cache
def _bandit() -> Callable[[Code], Iterator[Finding]]:
    # Loading Bandit takes a fifth of a second, which starting up must not.
    find: Any = importlib.import_module("analyzers.engines.bandit").find
    return find  # type: ignore[no-any-return]
