"""A Python text cut into units that change alone: its statements, and the members of its classes.

The cut goes by the look of the lines, so that it can be made anew at every keystroke; what is known
of a unit comes from its text alone and is kept. A unit that does not parse is broken, or was cut
where a bracket spans lines at the margin; whoever needs to know takes it with its neighbours.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from analyzers.bounded_cache import BoundedCache
from analyzers.facts import OPENING, Facts, facts
from analyzers.finding import Span

_CACHED_CHARS = 8_000_000
_CONTINUED = r"[\s#)\]}]|(?:else|elif|except|finally)\b"
# A line that may begin a statement at the margin; comments stay with what is above them.
_START = re.compile(rf"^(?!{_CONTINUED})", re.MULTILINE)
_MEMBER = re.compile(rf"^([ \t]+)(?!{_CONTINUED})", re.MULTILINE)
_OWNER = re.compile(r"^class[ \t]+(\w+)", re.MULTILINE)
_CLASS = re.compile(r"(?:@[^\n]*\n)*class\b[^\n]*:[ \t]*(?:#[^\n]*)?\n")
_NOT_PLAIN = re.compile(r"\s*(?:@|(?:async\s+)?def\b|class\b)")
_TRIPLE = re.compile(r"\"{3}|'{3}")
_QUOTES = re.compile(r"""\#[^\n]*|'\"{3}'|"'{3}"|\"{3}|'{3}""")


@dataclass(frozen=True, slots=True)
class Unit:
    """Whole lines of a text.

    head: for a member of a class, the lines that open the class.
    owner: the name of the class that it is a member of, or opens.
    """

    span: Span
    text: str
    facts: Facts
    head: Unit | None = None
    owner: str | None = None

    @property
    def is_head(self) -> bool:
        """Whether it opens a class, whose members follow."""
        return self.owner is not None and self.head is None

    @property
    def is_plain(self) -> bool:
        """Whether it is no function or class, but gives names a meaning as it runs."""
        return not self.is_head and _NOT_PLAIN.match(self.text) is None

    @classmethod
    def of(cls, span: Span, text: str, head: Unit | None = None) -> Unit:
        """Lines at the margin, or those of a member of the class that `head` opens."""
        if head is None:
            return cls(span, text, facts(text))
        return cls(span, text, facts(OPENING + text), head, head.owner)

    @classmethod
    def opening(cls, span: Span, text: str) -> Unit:
        """The lines that open a class."""
        owner = _OWNER.search(text)
        return cls(span, text, facts(f"{text} pass\n"), owner=owner[1] if owner else "")

    @property
    def imports(self) -> tuple[Span, ...]:
        """Where its imports stand in the whole text."""
        if not self.facts.imports:
            return ()
        shift = self.span.start - (len(OPENING) if self.head else 0)
        return tuple(Span(span.start + shift, span.end + shift) for span in self.facts.imports)


_Split = tuple[tuple[Unit, ...], list[Span]]
_splits: BoundedCache[_Split] = BoundedCache(_CACHED_CHARS // 4)


def begins_unit(text: str) -> bool:
    """Whether its first line may begin a statement at the margin, or is blank."""
    return not text.strip() or _START.match(text) is not None


def split(text: str) -> tuple[Unit, ...]:
    """The units of a text, in order; together they are the text."""
    return _splits.get(text, _split)[0]


def split_like(text: str, placed: Span, document: str, replaced: Span) -> tuple[Unit, ...]:
    """As `split` for a text that is like a document but for one place.

    placed, replaced: the place in the text, and in the document. Where the units of this are known,
    those that are far from the place are taken from there.
    """
    known = _splits.known(document)
    if known is None:
        return split(text)
    return _splits.get(text, lambda text: _like(text, placed, document, replaced, known))[0]


def _split(text: str) -> _Split:
    strings = _long_strings(text)
    return tuple(_units(text, Span(0, len(text)), strings)), strings


def _like(text: str, placed: Span, document: str, replaced: Span, known: _Split) -> _Split:
    by = placed.end - replaced.end
    if _may_quote(text, placed) or _may_quote(document, replaced):
        return _split(text)
    units, were = known
    at = replaced.start
    strings = [Span(s.start + by * (s.start >= at), s.end + by * (s.end > at)) for s in were]
    # Two statements more on either side: a decorator is one with what follows it.
    tops = [i for i, unit in enumerate(units) if unit.head is None]
    first = bisect_right(tops, replaced.start, key=lambda i: units[i].span.start)
    last = bisect_right(tops, replaced.end, key=lambda i: units[i].span.start)
    start = tops[first - 3] if first > 2 else 0
    end = tops[last + 2] if last + 2 < len(tops) else len(units)
    begin = units[start].span.start if units else 0
    stop = units[end].span.start + by if end < len(units) else len(text)
    between = tuple(_units(text, Span(begin, stop), strings))
    if end < len(units) and not (between and _keeps(between[-1], units[end - 1])):
        return _split(text)
    return (*units[:start], *between, *_shifted(units[end:], by)), strings


def _may_quote(text: str, place: Span) -> bool:
    """Whether the lines of a place have anything to do with where long strings begin and end."""
    start = text.rfind("\n", 0, place.start) + 1
    end = text.find("\n", place.end)
    lines = text[start : end if end >= 0 else len(text)]
    return "#" in lines or _TRIPLE.search(lines) is not None


def _keeps(new: Unit, old: Unit) -> bool:
    """Whether the last unit that was cut anew is the one that was there: all below is the same."""
    return new.text == old.text and new.owner == old.owner and new.is_head == old.is_head


def _shifted(units: tuple[Unit, ...], by: int) -> Iterator[Unit]:
    head: Unit | None = None
    for unit in units:
        moved = _moved(unit.span, by)
        if unit.head is None:
            head = Unit(moved, unit.text, unit.facts, None, unit.owner)
            yield head
        else:
            yield Unit(moved, unit.text, unit.facts, head, unit.owner)


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def _units(text: str, within: Span, strings: list[Span]) -> Iterator[Unit]:
    for span in _cut(_START, text, within, strings):
        opening = _CLASS.match(text, span.start, span.end)
        members = _members(text, Span(opening.end(), span.end), strings) if opening else []
        if not members:
            yield Unit.of(span, text[span.start : span.end])
            continue
        opened = Span(span.start, members[0].start)
        head = Unit.opening(opened, text[opened.start : opened.end])
        yield head
        for member in members:
            yield Unit.of(member, text[member.start : member.end], head)


def _members(text: str, body: Span, strings: list[Span]) -> list[Span]:
    """The statements of a class, none where its lines do not look like such."""
    first = _MEMBER.search(text, body.start, body.end)
    if first is None:
        return []
    begin = re.compile(rf"^{first[1]}(?!{_CONTINUED})", re.MULTILINE)
    return list(_cut(begin, text, Span(first.start(), body.end), strings))


def _cut(begin: re.Pattern[str], text: str, within: Span, strings: list[Span]) -> Iterator[Span]:
    """From one line that begins a statement to the next, decorators with what they decorate."""
    start, is_decorated = within.start, False
    i = bisect_right(strings, start, key=_end_of)
    for match in begin.finditer(text, within.start, within.end):
        at = match.start()
        while i < len(strings) and strings[i].end <= at:
            i += 1
        if i < len(strings) and strings[i].start < at:
            continue
        if at > start and not is_decorated:
            yield Span(start, at)
            start = at
        is_decorated = text.startswith("@", match.end())
    if start < within.end:
        yield Span(start, within.end)


def _end_of(span: Span) -> int:
    return span.end


def _long_strings(text: str) -> list[Span]:
    """Where strings in three quotes stand, for all that a glance can tell."""
    spans: list[Span] = []
    at = 0
    while (opening := _QUOTES.search(text, at)) is not None:
        at = opening.end()
        if len(opening[0]) == 3:
            closing = text.find(opening[0], at)
            if closing < 0:
                break
            at = closing + 3
            spans.append(Span(opening.start(), at))
    return spans
