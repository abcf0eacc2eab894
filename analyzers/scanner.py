"""Asks every rule and engine about a text that was read, and survives each of them."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from analyzers.bounded_cache import BoundedCache
from analyzers.code import Code
from analyzers.deadline import Deadline, TooSlow
from analyzers.duplicates import distinct
from analyzers.finding import Finding
from analyzers.registry import RegisteredRule, rules


@dataclass(frozen=True, slots=True)
class Found:
    """What the rules say, and one line for each that failed."""

    findings: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()


@functools.cache
def rules_for(language: str) -> tuple[RegisteredRule, ...]:
    """The rules that look at texts of this language with a function of their own."""
    return tuple(
        registered
        for registered in rules().values()
        if registered.find is not None and language in registered.rule.languages
    )


def has_words(text: str) -> bool:
    """Whether some rule of high severity for Python may find something in a text with this part.

    Such a rule is one that follows data from one part of a text to another.
    """
    return _has_words.get(text, _look_for_words)


@functools.cache
def _words() -> tuple[str, ...]:
    grave = [each.rule for each in rules_for("python") if each.rule.severity == "high"]
    return tuple(sorted({word for rule in grave for word in rule.words or ("",)}))


def _look_for_words(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in _words())


_has_words: BoundedCache[bool] = BoundedCache(4_000_000)


def find_in_code(code: Code, deadline: Deadline) -> Found:
    """What the rules for Python and Bandit find in the focus of `code`."""
    lowered = code.text.lower()
    own, problems = _asked(rules_for("python"), code, lowered, deadline)
    foreign: list[Finding] = []
    try:
        deadline.check()
        foreign += _bandit()(Code(code.text, code.focused_tree, code.focus, code.project))
    except TooSlow as error:
        problems.append(f"bandit: {error}")
    except Exception as error:  # noqa: BLE001  # As in `_asked`.
        problems.append(f"bandit: {type(error).__name__}: {error}")
    return Found(distinct(own, foreign), tuple(problems))


def find_in_text(text: str, deadline: Deadline) -> Found:
    """What the rules for text of any language find."""
    found, problems = _asked(rules_for("any"), text, text.lower(), deadline)
    return Found(distinct(found), tuple(problems))


def _asked(
    registered: tuple[RegisteredRule, ...], subject: Code | str, lowered: str, deadline: Deadline
) -> tuple[list[Finding], list[str]]:
    found: list[Finding] = []
    problems: list[str] = []
    for each in registered:
        rule = each.rule
        if rule.words and not any(word in lowered for word in rule.words):
            continue
        assert each.find is not None
        try:
            deadline.check()
            found += each.find(subject)
        except TooSlow as error:
            problems.append(f"{rule.name}: {error}")
            break
        except Exception as error:  # noqa: BLE001  # It must neither end the rest nor pass as clean.
            problems.append(f"{rule.name}: {type(error).__name__}: {error}")
    return found, problems


@functools.cache
def _bandit() -> Callable[[Code], Iterator[Finding]]:
    try:
        find: Any = importlib.import_module("analyzers.engines.bandit").find
    except ModuleNotFoundError:
        return lambda code: iter(())
    return find  # type: ignore[no-any-return]
