"""What is known of one value at one point of a program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analyzers.flow import context
from analyzers.flow.origin import NOT_ABSOLUTE, Level, Taint

if TYPE_CHECKING:
    from analyzers.flow.definitions import Class, Function

_MAX_OPTIONS = 8
_MAX_TAINTS = 8
_MAX_TEXT = 4000
# Stands in a text for what is not constant in it.
HOLE = "\0"
_CONTINUED = frozenset({NOT_ABSOLUTE})
_NO_TAINTS: frozenset[Taint] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A value.

    taints: where it comes from; none: from the program's own constants alone.
    options: the constants that it can be; none: not a constant that is known.
    text: for strings, the constant characters, with `HOLE` for each part that is not constant.
    refs: the objects on the heap that it can be.
    kind: the dotted name of its type, or of what it is for the program.
    name: the dotted name by which it was imported, or of a builtin.
    callee: the file's own function or class, and `bound` what it is a method of.
    is_built: a string put together from constant text and something else.
    """

    taints: frozenset[Taint] = _NO_TAINTS
    options: tuple[object, ...] = ()
    text: str = HOLE
    refs: tuple[int, ...] = ()
    kind: str = ""
    name: str = ""
    callee: Function | Class | None = None
    bound: Value | None = None
    is_built: bool = False

    @property
    def is_constant(self) -> bool:
        """Whether it is one known constant."""
        return len(self.options) == 1

    @property
    def constant(self) -> object:
        """The constant; only to be asked where there is one."""
        return self.options[0]

    @property
    def level(self) -> Level | None:
        """The worst of its origins, whatever they are harmless for."""
        worst: Level | None = None
        for taint in self.taints:
            if worst is None or taint.origin.level > worst:
                worst = taint.origin.level
        return worst

    def cleared(self, uses: frozenset[str]) -> Value:
        """The same value, harmless for these uses."""
        return self if not self.taints else self.with_taints(cleared(self.taints, uses))

    def with_taints(self, taints: frozenset[Taint], *, is_built: bool | None = None) -> Value:
        """The same value from elsewhere."""
        return Value(
            taints,
            self.options,
            self.text,
            self.refs,
            self.kind,
            self.name,
            self.callee,
            self.bound,
            self.is_built if is_built is None else is_built,
        )


CLEAN = Value()
NONE = Value(options=(None,))


def constant(value: object) -> Value:
    """A value that is known."""
    if isinstance(value, str):
        return Value(options=(value,), text=value if len(value) <= _MAX_TEXT else HOLE, kind="str")
    return Value(options=(value,))


def derived(*values: Value, kind: str = "", is_built: bool = False) -> Value:
    """A value that comes from others in a way that nothing is known of."""
    return Value(union(*values), kind=kind, is_built=is_built or any(v.is_built for v in values))


def union(*values: Value) -> frozenset[Taint]:
    """The origins of all of them."""
    filled = [value.taints for value in values if value.taints]
    if not filled:
        return _NO_TAINTS
    return filled[0] if len(filled) == 1 else bounded(filled[0].union(*filled[1:]))


def bounded(taints: frozenset[Taint]) -> frozenset[Taint]:
    """No more origins than are worth telling, the worst first."""
    if len(taints) <= _MAX_TAINTS:
        return taints
    worst = sorted(taints, key=lambda t: (-t.origin.level, len(t.cleared)))
    return frozenset(worst[:_MAX_TAINTS])


def cleared(taints: frozenset[Taint], uses: frozenset[str]) -> frozenset[Taint]:
    """The origins, harmless for these uses."""
    return frozenset(taint.with_cleared(uses) for taint in taints)


def built(parts: list[Value]) -> Value:
    """A string put together from parts."""
    if all(part.is_constant for part in parts):
        return constant("".join(str(part.constant) for part in parts))
    text = "".join(part.text for part in parts)
    start = next((at for at, part in enumerate(parts) if part.text), 0)
    return Value(
        # A path goes on with what follows: it does not begin at the root there.
        union(*parts[: start + 1], *_continued(parts, start + 1)),
        text=text if len(text) <= _MAX_TEXT else HOLE,
        kind="str",
        is_built=bool(text.strip(HOLE)) or any(part.is_built for part in parts),
    )


def _continued(parts: list[Value], start: int) -> Iterator[Value]:
    """The parts from `start` on, with what stands before them in mind."""
    for at in range(start, len(parts)):
        part = parts[at]
        if not any(taint.origin.level > Level.UNKNOWN for taint in part.taints):
            yield part
            continue
        before = "".join(known.text for known in parts[:at])
        is_first = part.text[:1] == HOLE
        taints = {
            replace(
                taint,
                cleared=context.lost(taint.cleared, before, is_first=is_first) | _CONTINUED,
            )
            if taint.origin.level > Level.UNKNOWN
            else taint
            for taint in part.taints
        }
        yield replace(part, taints=frozenset(taints))


def join(a: Value, b: Value) -> Value:
    """One or the other."""
    if a is b:
        return a
    return Value(
        union(a, b),
        options=_options(a.options, b.options),
        text=_text(a.text, b.text),
        refs=a.refs if a.refs == b.refs else tuple(sorted({*a.refs, *b.refs})),
        kind=a.kind if a.kind == b.kind or not b.kind or b.options == (None,) else b.kind,
        name=a.name if a.name == b.name else "",
        callee=a.callee or b.callee,
        bound=a.bound or b.bound,
        is_built=a.is_built or b.is_built,
    )


def _options(a: tuple[object, ...], b: tuple[object, ...]) -> tuple[object, ...]:
    if not a or not b:
        return ()
    if a == b and all(type(x) is type(y) for x, y in zip(a, b, strict=True)):
        return a
    known = {(type(option), option): option for option in (*a, *b)}
    return tuple(known.values()) if len(known) <= _MAX_OPTIONS else ()


def _text(a: str, b: str) -> str:
    """The start that both share, or the one text where the other is empty or all hole."""
    if a == b:
        return a
    length = 0
    for left, right in zip(a, b, strict=False):
        if left != right or left == HOLE:
            break
        length += 1
    return a[:length] + HOLE
