"""What must occur in a text before certain findings can: cheap questions that spare an analysis."""

from __future__ import annotations

import functools
import re

from analyzers.bounded_cache import BoundedCache
from analyzers.policy import Policy
from analyzers.registry import RegisteredRule, rules_for

# What names a request of the network, its handlers and its readers (`analyzers.flow.sources`).
_REMOTE = re.compile(
    r"request|\breq\b|websocket|@[\w.]+\(|@(?:\w+\.)*(?:api_view|view_config|expose)\b"
    r"|\bcgi\b|\bweb\b|recv|receive|get_\w*argument|\bevent|handler",
    re.IGNORECASE,
)
_CACHED_CHARS = 4_000_000


def has_remote(text: str) -> bool:
    """Whether a flow from the network can begin in this part of a text."""
    return _has_remote.get(text, lambda text: _REMOTE.search(text) is not None)


def has_words(text: str) -> bool:
    """Whether some rule that follows data may find something in a text with this part."""
    return _has_words.get(text, _look_for_words)


def can_block(text: str, language: str, policy: Policy) -> bool:
    """Whether some rule may find something in `text` that the policy blocks.

    A rule that follows data is sure only of what comes from the network.
    """
    lowered = text.lower()
    is_remote: bool | None = None
    for registered in rules_for(language):
        rule = registered.rule
        if not _may_block(registered, policy):
            continue
        if rule.words and not any(word in lowered for word in rule.words):
            continue
        if rule.name in policy.rules or not _follows_data(registered):
            return True
        if is_remote is None:
            is_remote = has_remote(text)
        if is_remote:
            return True
    return False


def _may_block(registered: RegisteredRule, policy: Policy) -> bool:
    """By its severity: the scanner lets no rule of a lower one be grave and sure at once."""
    rule = registered.rule
    named = policy.rules.get(rule.name)
    if named is not None:
        return named == "block"
    blocked = {kind for kind, action in policy.actions.items() if action == "block"}
    return bool(blocked - {("high", "high")}) or (bool(blocked) and rule.severity == "high")


@functools.cache
def _words() -> tuple[str, ...]:
    following = [each.rule for each in rules_for("python") if _follows_data(each)]
    return tuple(sorted({word for rule in following for word in rule.words or ("",)}))


def _follows_data(registered: RegisteredRule) -> bool:
    return any(
        getattr(value, "__module__", "").startswith("analyzers.flow")
        for value in vars(registered.module).values()
    )


def _look_for_words(text: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in _words())


_has_words: BoundedCache[bool] = BoundedCache(_CACHED_CHARS)
_has_remote: BoundedCache[bool] = BoundedCache(_CACHED_CHARS)
