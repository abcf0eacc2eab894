"""What must occur in a text before certain findings can: cheap questions that spare an analysis."""

from __future__ import annotations

import functools

from analyzers.flow.sinks import Judgement
from analyzers.javascript.sinks import reached
from analyzers.policy import Policy
from analyzers.registry import RegisteredRule, rules
from analyzers.said import words_said
from analyzers.spelling import folded
from analyzers.vocabulary import NOTHING_SAID, Vocabulary, vocabulary


def blocking(text: str, language: str, policy: Policy) -> frozenset[str]:
    """The rules that may find something in `text` that the policy blocks."""
    if language == "python":
        said = vocabulary([text])
        return blocking_among(said, said, policy)
    words = words_said(folded(text))
    return frozenset(
        registered.rule.name
        for registered in _may_block(language, policy)
        if registered.rule.may_be_among(words)
        and (
            registered.sure is None
            or registered.rule.name in policy.rules
            or not _blocks_proven_alone(policy)
            or registered.sure.search(text) is not None
        )
    )


def blocking_among(said: Vocabulary, near: Vocabulary, policy: Policy) -> frozenset[str]:
    """The rules for Python that may find something new in a text that the policy blocks.

    A rule that follows data is sure only of what comes from the network. `near` is as in `due`.
    """
    return frozenset(
        each.rule.name
        for each in _may_block("python", policy)
        if _may_find(each, said)
        and (
            each.rule.name in policy.rules
            or not _blocks_proven_alone(policy)
            or (
                (each.sure is None or each.rule.name in near.sure)
                and (not follows_data(each) or _may_prove(each, said, near))
            )
        )
    )


def of_network_alone(names: frozenset[str], policy: Policy) -> frozenset[str]:
    """Those of some rules that block nothing but what is seen to come from the network."""
    if not _blocks_proven_alone(policy):
        return frozenset()
    return frozenset(
        name for name in names if name not in policy.rules and follows_data(rules()[name])
    )


def of_foreign_alone(names: frozenset[str], policy: Policy) -> frozenset[str]:
    """Those of some rules for scripts that block nothing but what a client or a page writes."""
    if not _blocks_proven_alone(policy):
        return frozenset()
    return frozenset(
        name for name in names if name not in policy.rules and _asks_for_origins(rules()[name])
    )


def due(said: Vocabulary, near: Vocabulary) -> frozenset[str]:
    """The rules for Python that may find something new in a text.

    near: of the part of it that has changed, and the imports of names that this part uses. A flow
        of which neither end is there is not new. Where nothing comes from the network, a rule that
        follows data finds nothing new elsewhere: what happens to values of unknown origin there was
        so before.
    """
    return frozenset(
        each.rule.name
        for each in _for_python()
        if _may_find(each, said)
        and (
            not follows_data(each)
            or _may_prove(each, said, near)
            or _may_find_unproven(each, said, near)
        )
    )


def unproven(asked: frozenset[str], said: Vocabulary, near: Vocabulary) -> frozenset[str]:
    """Those of the rules that are `due` which follow data, none of it from the network."""
    return frozenset(
        name
        for name in asked
        if follows_data(rules()[name]) and not _may_prove(rules()[name], said, near)
    )


def are_called(
    names: frozenset[str], touched: frozenset[str], others: Vocabulary, said: Vocabulary
) -> frozenset[str]:
    """Those of some rules for whose calls there are the names.

    touched: names and attributes, as `analyzers.influence` gathers them.
    others: the words of what else may be affected; `NOTHING_SAID` asks for any of their calls.
    """
    found = set()
    for name in names:
        calls = rules()[name].calls if others is NOTHING_SAID else rules()[name].unproven_calls
        if (
            calls is None
            or calls.may_stand_in(touched, touched, said.names)
            or others.may_hold(calls, said)
        ):
            found.add(name)
    return frozenset(found)


def _may_find(registered: RegisteredRule, said: Vocabulary) -> bool:
    if registered.calls is not None:
        return said.may_hold(registered.calls)
    words = registered.rule.words
    return not words or not said.words.isdisjoint(words)


def _may_prove(registered: RegisteredRule, said: Vocabulary, near: Vocabulary) -> bool:
    """Whether a rule may find a flow with an end in the changed part, of data from the network."""
    return said.is_remote and (
        near.is_remote or near.is_source or near.may_hold(registered.calls, said)
    )


def _may_find_unproven(registered: RegisteredRule, said: Vocabulary, near: Vocabulary) -> bool:
    """Whether a rule that follows data may find something where nothing comes from the network."""
    return (
        registered.rule.name not in _of_remote_alone()
        and near.may_hold(registered.unproven_calls, said)
        and (not registered.unproven or not said.words.isdisjoint(registered.unproven))
        and (
            registered.may_be_unproven is None
            or registered.may_be_unproven(said.names, said.called)
        )
    )


def _blocks_proven_alone(policy: Policy) -> bool:
    blocked = {kind for kind, action in policy.actions.items() if action == "block"}
    return blocked <= {("high", "high")}


@functools.cache
def _for_python() -> tuple[RegisteredRule, ...]:
    return tuple(each for each in rules().values() if "python" in each.rule.languages)


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


def _may_block(language: str, policy: Policy) -> list[RegisteredRule]:
    blocked = {kind for kind, action in policy.actions.items() if action == "block"}
    found: list[RegisteredRule] = []
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
            found.append(registered)
    return found


@functools.cache
def follows_data(registered: RegisteredRule) -> bool:
    """Whether a rule goes by the flow of data."""
    return any(
        getattr(value, "__module__", "").startswith("analyzers.flow")
        for value in vars(registered.module).values()
    )


@functools.cache
def _asks_for_origins(registered: RegisteredRule) -> bool:
    """Whether a rule for scripts is sure of nothing but by `sinks.reached`."""
    return getattr(registered.module, "reached", None) is reached
