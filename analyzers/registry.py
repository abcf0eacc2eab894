"""All rules: every module under `analyzers/rules/` that has a `RULE`."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import analyzers.rules
from analyzers.finding import Finding, Fix
from analyzers.flow.called import Calls
from analyzers.rule import PAGE_HEADINGS, Rule


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredRule:
    """A rule with its page and its functions.

    find: None for a rule whose findings come from another engine alone.
    fix: from what was read and a finding to the edits that mend it, None where it cannot.
    calls: the module's `CALLS`: without any of them a text cannot hold a finding; None for any.
    unproven: the module's `UNPROVEN`: words (in lower case) without which nothing is found where
        nothing comes from the network; empty if other things are.
    unproven_calls: the module's `UNPROVEN_CALLS`: the same for calls; `calls` if it has none.
    may_be_unproven: the module's `may_be_unproven`: the same for all names of a text that are no
        attributes, and its attributes and names before a bracket; None if any will do.
    sure: the module's `SURE`: the code of a text without it cannot hold a finding that is grave and
        sure; None if any may.
    """

    rule: Rule
    page: str
    find: Callable[[Any], Iterator[Finding]] | None
    fix: Callable[[Any, Finding], Fix | None] | None
    module: ModuleType
    calls: Calls | None = None
    unproven: tuple[str, ...] = ()
    sure: re.Pattern[str] | None = None
    unproven_calls: Calls | None = None
    may_be_unproven: Callable[[frozenset[str], frozenset[str]], bool] | None = None


@functools.cache
def rules() -> dict[str, RegisteredRule]:
    """Every rule by its name.

    Raises:
        ValueError: two rules share a name or an alias, or a page lacks a heading.
    """
    found: dict[str, RegisteredRule] = {}
    for module in _modules():
        rule: Rule = module.RULE
        page = (module.__doc__ or "").strip()
        headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
        if tuple(headings) != PAGE_HEADINGS:
            raise ValueError(f"the page of {rule.name} has the headings {headings}")
        if rule.name in found:
            raise ValueError(f"two rules are called {rule.name}")
        found[rule.name] = RegisteredRule(
            rule,
            page,
            getattr(module, "find", None),
            getattr(module, "fix", None),
            module,
            getattr(module, "CALLS", None),
            getattr(module, "UNPROVEN", ()),
            getattr(module, "SURE", None),
            getattr(module, "UNPROVEN_CALLS", getattr(module, "CALLS", None)),
            getattr(module, "may_be_unproven", None),
        )
    return found


@functools.cache
def rules_for(language: str) -> tuple[RegisteredRule, ...]:
    """The rules that look at texts of this language with a function of their own."""
    return tuple(
        registered
        for registered in rules().values()
        if registered.find is not None and language in registered.rule.languages
    )


@functools.cache
def by_alias() -> dict[str, RegisteredRule]:
    """The rule that stands for each test of Bandit and rule of ruff.

    Raises:
        ValueError: as `rules`.
    """
    found: dict[str, RegisteredRule] = {}
    for registered in rules().values():
        for alias in registered.rule.aliases:
            if alias in found:
                raise ValueError(f"{alias} stands for two rules")
            found[alias] = registered
    return found


def _modules() -> Iterator[ModuleType]:
    prefix = analyzers.rules.__name__ + "."
    for info in sorted(
        pkgutil.walk_packages(analyzers.rules.__path__, prefix), key=lambda info: info.name
    ):
        module = importlib.import_module(info.name)
        if hasattr(module, "RULE"):
            yield module
