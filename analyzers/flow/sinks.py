"""Where data does harm: a rule's table of sinks, held against what was seen."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from analyzers.code import Code
from analyzers.finding import Confidence, Finding, Severity
from analyzers.flow.analysis import analysis
from analyzers.flow.context import LOOSE
from analyzers.flow.events import Event
from analyzers.flow.origin import (
    AT_HOME,
    NEARLY_UNDER,
    NO_DOTS,
    NOT_ABSOLUTE,
    RESOLVED,
    THROUGH,
    UNDER,
    Level,
    Origin,
    Taint,
)
from analyzers.flow.value import Value
from analyzers.rule import Rule

_LITERAL = frozenset({"starts quoted", "ends quoted", "no quote inside"})
_BELOW = frozenset({RESOLVED, UNDER})
_NEARLY_BELOW = frozenset({RESOLVED, NEARLY_UNDER})
_BUILTINS = frozenset(dir(builtins))
_CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Sink:
    """Calls that must not get other people's data.

    names: dotted names, or ".method" for a method of whatever object.
    positions, keywords: the arguments that count.
    """

    names: tuple[str, ...]
    positions: tuple[int, ...] = (0,)
    keywords: tuple[str, ...] = ()

    def matches(self, event: Event) -> bool:
        """Whether the call is one of these."""
        return event.name in self.names or f".{event.method}" in self.names

    def values(self, event: Event) -> list[Value]:
        """The arguments that count, as they were given."""
        found = [event.arguments[at] for at in self.positions if at < len(event.arguments)]
        return [*found, *(event.keywords[key] for key in self.keywords if key in event.keywords)]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What origins a rule minds.

    use: what values must have been made harmless for.
    local: how sure a rule is of data from the command line and the like; None: it is let through.
    unknown: which values of unknown origin are reported: none, those built into a text, or all.
    """

    use: str
    local: Confidence | None = "medium"
    unknown: Literal["none", "built", "all"] = "none"
    of_unknown: Confidence = "medium"

    def of(self, value: Value) -> tuple[Confidence, Taint] | None:
        """How sure it is that the value does harm, and where it comes from."""
        found = [
            (confidence, taint)
            for taint in value.taints
            if (confidence := self.of_taint(taint, is_built=value.is_built)) is not None
        ]
        # Of equals the first in the text, so that the answer is the same each time.
        return min(found, key=_worst_first, default=None)

    def of_taint(self, taint: Taint, *, is_built: bool = True) -> Confidence | None:
        """How sure it is that what comes from there does harm."""
        if taint.is_clear_for(self.use):
            return None
        if self.use == "path" and taint.cleared >= _BELOW:
            return None
        if self.use == "path" and (doubt := _doubt_of_path(taint)) is not None:
            return doubt if doubt != "none" and taint.origin.level is Level.REMOTE else None
        if self.use == "redirect" and taint.cleared.issuperset(AT_HOME):
            return None
        if self.use in ("code", "path", "xpath") and taint.cleared >= _LITERAL:
            return None
        if taint.origin.level is Level.REMOTE:
            is_doubtful = THROUGH in taint.cleared or (self.use == "xss" and LOOSE in taint.cleared)
            return "medium" if is_doubtful else "high"
        if taint.origin.level is Level.LOCAL:
            return self.local
        if self.unknown == "all" or (self.unknown == "built" and is_built):
            return self.of_unknown
        return None


def _worst_first(found: tuple[Confidence, Taint]) -> tuple[int, int, int, int]:
    confidence, taint = found
    node = taint.origin.node
    place = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
    return -_CONFIDENCES.index(confidence), -int(taint.origin.level), *place


def _doubt_of_path(taint: Taint) -> Literal["none", "low", "medium"] | None:
    """What is left of the danger of a path that was looked at; None where it was not."""
    if NO_DOTS in taint.cleared:
        # `os.path.join(folder, "/etc/passwd")` needs none.
        return "none" if NOT_ABSOLUTE in taint.cleared else "medium"
    if taint.cleared >= _NEARLY_BELOW:
        return "low"
    return None


@dataclass(frozen=True, slots=True)
class Hit:
    """One value in a place where it does harm."""

    event: Event
    value: Value
    confidence: Confidence
    taint: Taint


def hits(code: Code, sinks: Iterable[Sink], judgement: Judgement) -> Iterator[Hit]:
    """Every argument of a sink that the judgement minds."""
    seen = analysis(code)
    for sink in sinks:
        for event in seen.calls(sorted({name.rpartition(".")[2] for name in sink.names})):
            if not sink.matches(event):
                continue
            for value in sink.values(event):
                hit = judged(event, value, judgement)
                if hit is not None:
                    yield hit


def judged(event: Event, value: Value, judgement: Judgement) -> Hit | None:
    """The value as a hit, None where it does no harm."""
    deep = event.deep(value)
    if value.name in _BUILTINS and not deep.taints:
        # `eval(str)`: nobody runs a type. It is a parameter of the part that was cut off.
        origin = Origin(event.node, Level.UNKNOWN, "not known here")
        deep = Value(frozenset({Taint(origin)}), name=value.name)
    found = judgement.of(deep)
    return None if found is None else Hit(event, deep, *found)


def findings(
    code: Code, rule: Rule, found: Iterable[Hit], message: str, *, severity: Severity | None = None
) -> Iterator[Finding]:
    """One finding for each place, the surest; `{source}` in the message says where from."""
    best: dict[ast.AST, Hit] = {}
    for hit in found:
        known = best.get(hit.event.node)
        if known is None or _rank(hit) > _rank(known):
            best[hit.event.node] = hit
    for node, hit in best.items():
        origin = hit.taint.origin
        if not (
            (hit.event.in_focus and origin.level is Level.REMOTE)
            or code.is_in_focus(node)
            or (hasattr(origin.node, "lineno") and code.is_in_focus(origin.node))
        ):
            continue
        steps = []
        if origin.level > Level.UNKNOWN and hasattr(origin.node, "lineno"):
            steps = [(origin.node, f"comes from {origin.note}"), (node, "is used here")]
        source = origin.note if origin.level > Level.UNKNOWN else "a value that is not known here"
        yield code.finding(
            rule,
            node,
            message.replace("{source}", source),
            confidence=hit.confidence,
            severity=severity,
            steps=steps,
        )


def _rank(hit: Hit) -> tuple[int, int]:
    return _CONFIDENCES.index(hit.confidence), int(hit.taint.origin.level)
