"""What a user may set, with every default visible, and how it is read from an editor's JSON.

Keys may be written as `max_new_tokens` or `maxNewTokens`, and nested or flat as
`completion.max_new_tokens`. null means the default. What cannot be used is said once and
ignored.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from analyzers.finding import ACTIONS, Action, Severity
from analyzers.policy import Policy
from codegen.choice import Device
from lsp_server.completion.query import CompletionOptions

SECTION = "leadsman"

# The least and the greatest value of each number that a user may set.
LIMITS: dict[str, tuple[float, float]] = {
    "max_new_tokens": (1, 1024),
    "max_lines": (1, 200),
    "prefix_tokens": (1, 32768),
    "suffix_tokens": (0, 32768),
    "temperature": (0, 2),
    "seed": (0, 2**63 - 1),
    "time_budget_ms": (0, 600_000),
    "debounce_ms": (0, 5_000),
    "cache_mb": (0, 65_536),
}


@dataclass(frozen=True, slots=True)
class SecurityOptions:
    """What a user may set about findings.

    enable_diagnostics: whether findings are shown in text that was not generated here.
    min_severity: the least severity that is shown there.
    unchecked: whether generated text that could not be checked is withheld, or offered and marked.
    other_languages: the same for languages without an analyzer, in which only secrets and invisible
        characters are looked for.
    rules: by the rule's name what is to happen with its findings, whatever their severity.
    """

    enable_diagnostics: bool = True
    min_severity: Severity = "low"
    unchecked: Literal["block", "annotate"] = "block"
    other_languages: Literal["block", "annotate"] = "annotate"
    rules: Mapping[str, Action] = field(default_factory=lambda: MappingProxyType({}))

    def policy(self) -> Policy:
        """The default policy with the user's wishes."""
        return Policy(
            rules=self.rules, unchecked=self.unchecked, other_languages=self.other_languages
        )


@dataclass(frozen=True, slots=True)
class Options:
    """The whole of the section `leadsman`.

    model: a name in the local store or a path; none means the store's default.
    device: where it runs, unless the command line says; "auto" is the GPU where there is one.
    disabled_languages: language ids in which nothing is completed.
    completion_events: whether a `leadsman/completionEvent` tells what each answer cost.
    """

    enable: bool = True
    model: str | None = None
    device: Device = "auto"
    disabled_languages: tuple[str, ...] = ()
    completion_events: bool = False
    completion: CompletionOptions = field(default_factory=CompletionOptions)
    security: SecurityOptions = field(default_factory=SecurityOptions)


_SECTIONS = (CompletionOptions, SecurityOptions)
_Section = TypeVar("_Section", Options, CompletionOptions, SecurityOptions)


def read_options(raw: object, base: Options | None = None) -> tuple[Options, list[str]]:
    """Lays an editor's settings over `base`; returns the options and a warning per problem."""
    warnings: list[str] = []
    unknown: list[str] = []
    options = _read_section(raw, base or Options(), "", warnings, unknown)
    if unknown:
        known = ", ".join(item.name for item in dataclasses.fields(Options))
        warnings.append(f"unknown settings: {', '.join(unknown)}; known are {known}")
    return options, warnings


def _read_section(
    raw: object, base: _Section, path: str, warnings: list[str], unknown: list[str]
) -> _Section:
    if raw is None or raw == []:  # An empty Lua table is an empty JSON array.
        return base
    if not isinstance(raw, dict):
        warnings.append(_wrong(path.rstrip(".") or SECTION, raw, "an object"))
        return base
    kinds = get_type_hints(type(base))
    changes: dict[str, Any] = {}
    for key, value in raw.items():
        head, dot, rest = str(key).partition(".")
        name = re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: "_" + match[1].lower(), head)
        kind = kinds.get(name)
        is_nested = kind in _SECTIONS or get_origin(kind) is Mapping
        if kind is None or (dot and not is_nested):
            unknown.append(f"{path}{str(key)[:60]}")
        elif is_nested:
            # A section may come nested, flat, or as some of each.
            current = changes.get(name, getattr(base, name))
            section = {rest: value} if dot else value
            if section is None:
                changes[name] = getattr(type(base)(), name)
            elif kind in _SECTIONS:
                changes[name] = _read_section(section, current, f"{path}{name}.", warnings, unknown)
            else:
                changes[name] = _read_actions(section, current, f"{path}{name}", warnings)
        elif value is None:
            changes[name] = getattr(type(base)(), name)
        elif (expected := _expected(value, kind, name)) is not None:
            warnings.append(_wrong(f"{path}{name}", value, expected))
        else:
            changes[name] = tuple(value) if isinstance(value, list) else value
    return dataclasses.replace(base, **changes)


def _read_actions(
    raw: object, base: Mapping[str, Action], path: str, warnings: list[str]
) -> Mapping[str, Action]:
    """Lays actions by rule over `base`; null takes one away. Not asked whether a rule exists."""
    if raw == []:  # An empty Lua table is an empty JSON array.
        return base
    if not isinstance(raw, dict):
        warnings.append(_wrong(path, raw, "an object"))
        return base
    actions = dict(base)
    for rule, action in raw.items():
        if action is None:
            actions.pop(rule, None)
        elif action in ACTIONS:
            actions[rule] = action
        else:
            expected = f"one of {', '.join(map(repr, ACTIONS))}"
            warnings.append(_wrong(f"{path}.{str(rule)[:60]}", action, expected))
    return MappingProxyType(actions)


def _expected(value: object, kind: Any, name: str) -> str | None:
    """What should have stood there, or None when `value` will do."""
    if kind is bool:
        return None if isinstance(value, bool) else "true or false"
    if kind in (int, float):
        low, high = LIMITS[name]
        kinds = (int,) if kind is int else (int, float)
        is_number = isinstance(value, kinds) and not isinstance(value, bool)
        if is_number and low <= value <= high:  # type: ignore[operator]  # It is a number here.
            return None
        return f"{'an integer' if kind is int else 'a number'} from {low} to {high}"
    if get_origin(kind) is Literal:
        allowed = get_args(kind)
        return None if value in allowed else f"one of {', '.join(map(repr, allowed))}"
    if get_origin(kind) is tuple:
        is_list = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return None if is_list else "a list of strings"
    return None if value is None or isinstance(value, str) else "a string"


def _wrong(name: str, value: object, expected: str) -> str:
    shown = repr(value)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    return f"setting {name} is {shown}, expected {expected}; it is ignored"
