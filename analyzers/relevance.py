"""What must occur in a text before certain findings can: cheap questions that spare an analysis."""

from __future__ import annotations

import functools
import re

from analyzers.bounded_cache import BoundedCache
from analyzers.flow.sinks import Judgement
from analyzers.policy import Policy
from analyzers.registry import RegisteredRule, rules, rules_for
from analyzers.rule import Rule
from analyzers.spelling import folded, plain

# What names a request of the network, its handlers and its readers (`analyzers.flow.sources`).
_REMOTE = re.compile(
    r"request(?!s\b)|\breq\b|websocket|@[\w.]+\(\s*[a-z]{0,2}[\"']|@[\w.]+\(\s*(?:path|rule|methods)\b"
    r"|@(?:\w+\.)*(?:api_view|view_config|expose)\b|\bcgi\b|\bweb\b"
    r"|\brecv|\breceive_|get_\w{0,40}argument|handler\([^)]{0,200}\bevent\b",
    re.IGNORECASE,
)
_SILENT = re.compile(
    r"(?:^|(?<=[ \t]))#[^\n]*"
    r"|^[ \t]*from\b(?!.{0,300}\bas\b).{0,200}?\bimport\b.{0,200}?request.*$",
    re.MULTILINE,
)
# Comments, and strings that stand for themselves.
_SAID = re.compile(
    r"(?:^|(?<=[ \t]))#[^\n]*|^[ \t]*[rRuU]?(?:\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3})",
    re.MULTILINE | re.DOTALL,
)
_CACHED_CHARS = 4_000_000


def has_remote(text: str) -> bool:
    """Whether a flow from the network can begin in this part of a text."""
    return _has_remote.get(text, _look_for_remote)


def has_words(text: str) -> bool:
    """Whether some rule that follows data may find something in a text with this part."""
    return _has_words.get(text, _look_for_words)


def blocking(text: str, language: str, policy: Policy) -> frozenset[str]:
    """The rules that may find something in `text` that the policy blocks.

    A rule that follows data is sure only of what comes from the network.
    """
    lowered = folded(text)
    return frozenset(
        rule.name
        for rule, follows_data in _may_block(language, policy)
        if (not rule.words or any(word in lowered for word in rule.words))
        and (not follows_data or rule.name in policy.rules or has_remote(text))
    )


def due(text: str, near: str) -> frozenset[str]:
    """The rules for Python that may find something new in `text`.

    near: the part of it that has changed, and the imports of names that this part uses. Where
        nothing comes from the network, a rule that follows data finds nothing new elsewhere: what
        happens to values of unknown origin there was so before.
    """
    is_remote = has_remote(text)
    lowered = folded(_SAID.sub("", near))
    left_out = {
        rule.name
        for rule in _following()
        if not is_remote
        and (
            rule.name in _of_remote_alone()
            or (rule.words and not any(word in lowered for word in rule.words))
        )
    }
    return frozenset(rules()) - left_out


@functools.cache
def _following() -> tuple[Rule, ...]:
    return tuple(each.rule for each in rules_for("python") if follows_data(each))


@functools.cache
def _of_remote_alone() -> frozenset[str]:
    found: set[str] = set()
    for name, registered in rules().items():
        held = vars(registered.module).values()
        judgements = [value for value in held if isinstance(value, Judgement)]
        if judgements and all(j.local is None and j.unknown == "none" for j in judgements):
            found.add(name)
    return frozenset(found)


def may_be_sure(registered: RegisteredRule) -> bool:
    """Whether findings of a rule may be grave and sure at once.

    Those that follow data are as sure as their source; for the others it is what the rule says.
    """
    rule = registered.rule
    return rule.severity == "high" and (rule.confidence == "high" or follows_data(registered))


def _may_block(language: str, policy: Policy) -> list[tuple[Rule, bool]]:
    blocked = {kind for kind, action in policy.actions.items() if action == "block"}
    found: list[tuple[Rule, bool]] = []
    for registered in rules().values():
        rule = registered.rule
        if language not in rule.languages:
            continue
        is_blocked = bool(blocked - {("high", "high")}) or (
            bool(blocked) and may_be_sure(registered)
        )
        if rule.name in policy.rules:
            is_blocked = policy.rules[rule.name] == "block"
        if is_blocked:
            found.append((rule, follows_data(registered)))
    return found


@functools.cache
def follows_data(registered: RegisteredRule) -> bool:
    """Whether a rule goes by the flow of data."""
    return any(
        getattr(value, "__module__", "").startswith("analyzers.flow")
        for value in vars(registered.module).values()
    )


@functools.cache
def _words() -> tuple[str, ...]:
    return tuple(sorted({word for rule in _following() for word in rule.words or ("",)}))


def _look_for_remote(text: str) -> bool:
    # Who uses what was imported says its name again, unless it was given another.
    return _REMOTE.search(_SILENT.sub("", plain(text))) is not None


def _look_for_words(text: str) -> bool:
    lowered = folded(text)
    return any(word in lowered for word in _words())


_has_words: BoundedCache[bool] = BoundedCache(_CACHED_CHARS)
_has_remote: BoundedCache[bool] = BoundedCache(_CACHED_CHARS)
