"""A Python text cut into units that change alone: its statements, and the members of its classes.

The cut goes by the look of the lines, so that it can be made anew at every keystroke; what is known
of a unit comes from its text alone and is kept. A unit that does not parse is broken, or was cut
where a bracket spans lines at the margin; whoever needs to know takes it with its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Literal

from analyzers.bounded_cache import BoundedCache
from analyzers.finding import Span
from analyzers.flow.callers import FILLED
from analyzers.levels import import_spans
from analyzers.reading.parsing import Problem, compiled, parse
from analyzers.spelling import plain
from analyzers.vocabulary import pieces, without_texts

_OPENING = "class _:\n"
_CACHED_CHARS = 8_000_000
_CONTINUED = r"[\s#)\]}]|(?:else|elif|except|finally)\b"
# A line that may begin a statement at the margin; comments stay with what is above them.
_START = re.compile(rf"^(?!{_CONTINUED})", re.MULTILINE)
_MEMBER = re.compile(rf"^([ \t]+)(?!{_CONTINUED})", re.MULTILINE)
_OWNER = re.compile(r"^class[ \t]+(\w+)", re.MULTILINE)
_CLASS = re.compile(r"(?:@[^\n]*\n)*class\b[^\n]*:[ \t]*(?:#[^\n]*)?\n")
_QUOTES = re.compile(r"""\#[^\n]*|'\"{3}'|"'{3}"|\"{3}|'{3}""")
_NAME = re.compile(r"[^\W\d]\w*")
_USED = re.compile(r"(?<![\w.])[^\W\d]\w*")
_ATTRIBUTE = re.compile(r"\.[ \t]*([^\W\d]\w*)")
_ANNOTATIONS = re.compile(r"""(?::|->)[ \t]*["']([^"'\n]*)""")
_DEFINITION = re.compile(r"(?:[ \t]*@[^\n]*\n)*([ \t]*)(?:async[ \t]+)?def\b")
# Possessive and bounded: a long line must not be read again from each of its words.
_OUTWARD = re.compile(r"\b(?:global|nonlocal)[ \t]+([^\n;#]*)")
_BINDING = re.compile(
    r"\b(?:def|class|as|for|global|nonlocal|type)[ \t]+(\w++)"
    r"|\b(\w++)[ \t]*+(?::[^=\n]{0,200})?(?:[-+*/|&%@^]|//|\*\*|<<|>>)?=(?!=)"
    r"|\b(\w++)(?=[ \t]*+,[^=()\n]{0,200}=(?!=))"
    r"|^[ \t]*+(\w++)[.\[]"
    r"|^[ \t]*+(\w++)[ \t]*+:[ \t]*+\S",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a unit from its text alone.

    uses: every name in it that is no attribute and in no text; some may be its own.
    attributes: the names of attributes.
    defines: names that it gives a meaning, or changes, for others.
    fields: attributes of `self` that it sets or adds to.
    imports: where its imports stand in it.
    n_lines: how many lines it has.
    text: what was looked at: that of the unit, in a class if it is a member.
    """

    uses: frozenset[str]
    attributes: frozenset[str]
    defines: frozenset[str]
    fields: frozenset[str]
    imports: tuple[Span, ...]
    n_lines: int
    text: str

    def refers_to(self, names: Collection[str]) -> bool:
        """Whether it uses one of these names as others define it."""
        used = self.uses.intersection(names)
        if not used:
            return False
        known = _foreign.get(self.text, _foreign_names)
        return known is True or not used.isdisjoint(known)

    @property
    def parses(self) -> bool:
        """Whether it is whole statements."""
        return _parses.get(self.text, _is_whole)


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

    @classmethod
    def of(cls, span: Span, text: str, head: Unit | None = None) -> Unit:
        """Lines at the margin, or those of a member of the class that `head` opens."""
        if head is None:
            return cls(span, text, _facts.get(text, _facts_of))
        return cls(span, text, _facts.get(_OPENING + text, _facts_of), head, head.owner)

    @classmethod
    def opening(cls, span: Span, text: str) -> Unit:
        """The lines that open a class."""
        owner = _OWNER.search(text)
        facts = _facts.get(f"{text} pass\n", _facts_of)
        return cls(span, text, facts, owner=owner[1] if owner else "")

    @property
    def imports(self) -> tuple[Span, ...]:
        """Where its imports stand in the whole text."""
        if not self.facts.imports:
            return ()
        shift = self.span.start - (len(_OPENING) if self.head else 0)
        return tuple(Span(span.start + shift, span.end + shift) for span in self.facts.imports)


_facts: BoundedCache[Facts] = BoundedCache(_CACHED_CHARS)
_NO_NAMES = frozenset[str]()
_names: BoundedCache[tuple[frozenset[str], frozenset[str], frozenset[str]]] = BoundedCache(
    _CACHED_CHARS
)
_foreign: BoundedCache[frozenset[str] | Literal[True]] = BoundedCache(_CACHED_CHARS)
_parses: BoundedCache[bool] = BoundedCache(_CACHED_CHARS)
_splits: BoundedCache[tuple[Unit, ...]] = BoundedCache(_CACHED_CHARS // 4)


def begins_unit(text: str) -> bool:
    """Whether its first line may begin a statement at the margin, or is blank."""
    return not text.strip() or _START.match(text) is not None


def split(text: str) -> tuple[Unit, ...]:
    """The units of a text, in order; together they are the text."""
    return _splits.get(text, lambda text: tuple(_units(text)))


def _units(text: str) -> Iterator[Unit]:
    strings = _long_strings(text)
    for span in _cut(_START, text, Span(0, len(text)), strings):
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
    start, i, is_decorated = within.start, 0, False
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


def _facts_of(text: str) -> Facts:
    imports = tuple(import_spans(text)) if "import" in text else ()
    bound = [name for span in imports for name in _NAME.findall(plain(text[span.start : span.end]))]
    n_lines = text.count("\n") + 1
    text = plain(text)
    uses, attributes, fields = zip(
        *(_names.get(piece, _names_in) for piece in pieces(without_texts(text))), strict=True
    )
    return Facts(
        uses=_NO_NAMES.union(*uses),
        attributes=_NO_NAMES.union(*attributes),
        fields=_NO_NAMES.union(*fields),
        defines=frozenset([*_defined(text), *bound]),
        imports=imports,
        n_lines=n_lines,
        text=text,
    )


def _names_in(text: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Names that are no attributes, attributes, and those of `self` that are set."""
    return (
        frozenset(_USED.findall(text)),
        frozenset(_ATTRIBUTE.findall(text)),
        frozenset(FILLED.findall(text)) if "self" in text else _NO_NAMES,
    )


def _foreign_names(text: str) -> frozenset[str] | Literal[True]:
    """The names that a text may take from elsewhere, attributes among them; True if any may be."""
    try:
        waiting = [compiled(text)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    found = {name for said in _ANNOTATIONS.findall(text) for name in _NAME.findall(said)}
    while waiting:
        code = waiting.pop()
        found.update(code.co_names, code.co_freevars)
        waiting += [const for const in code.co_consts if isinstance(const, CodeType)]
    return frozenset(found)


def _is_whole(text: str) -> bool:
    return not isinstance(parse(text), Problem)


def _defined(text: str) -> Iterator[str]:
    inside = text.removeprefix(_OPENING)
    definition = _DEFINITION.match(inside)
    if definition is None:
        for match in _BINDING.finditer(inside):
            yield from filter(None, match.groups())
        return
    # What a function binds is its own but for these.
    heads = rf"^{definition[1]}(?:async[ \t]+)?def[ \t]+(\w+)"
    yield from re.findall(heads, inside, re.MULTILINE)
    for match in _OUTWARD.finditer(inside):
        yield from _NAME.findall(match[1])
