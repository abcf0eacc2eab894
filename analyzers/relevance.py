"""What must occur in a text before certain findings can: cheap questions that spare an analysis."""

from __future__ import annotations

import functools
import re

from analyzers.bounded_cache import BoundedCache
from analyzers.policy import Policy
from analyzers.registry import RegisteredRule, rules, rules_for
from analyzers.rule import Rule

# What names a request of the network, its handlers and its readers (`analyzers.flow.sources`).
_REMOTE = re.compile(
    r"request|\breq\b|websocket|@[\w.]+\(\s*[a-z]{0,2}[\"']|@[\w.]+\(\s*(?:path|rule|methods)\b"
    r"|@(?:\w+\.)*(?:api_view|view_config|expose)\b|\bcgi\b|\bweb\b"
    r"|\brecv|\breceive_|get_\w*argument|handler\([^)]*\bevent\b",
    re.IGNORECASE,
)
_SILENT = re.compile(
    r"(?:^|(?<=[ \t]))#[^\n]*|^[ \t]*(?:from|import)\b(?!.*\bas\b).*$", re.MULTILINE
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
    lowered = text.lower()
    return frozenset(
        rule.name
        for rule, follows_data in _may_block(language, policy)
        if (not rule.words or any(word in lowered for word in rule.words))
        and (not follows_data or rule.name in policy.rules or has_remote(text))
    )


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
    following = [each.rule for each in rules_for("python") if follows_data(each)]
    return tuple(sorted({word for rule in following for word in rule.words or ("",)}))


def _look_for_remote(text: str) -> bool:
    # An import says nothing about what is used of it, unless it gives that another name.
    return _REMOTE.search(_SILENT.sub("", text)) is not None


def _look_for_words(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in _words())


_has_words: BoundedCache[bool] = BoundedCache(_CACHED_CHARS)
_has_remote: BoundedCache[bool] = BoundedCache(_CACHED_CHARS)
