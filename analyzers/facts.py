"""What is known of a part of a Python text from the part alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from analyzers.bindings import Bindings, bent, bindings
from analyzers.bounded_cache import BoundedCache
from analyzers.finding import Span
from analyzers.flow.callers import FILLED
from analyzers.levels import import_spans
from analyzers.spelling import plain
from analyzers.vocabulary import pieces, without_texts

# What a member of a class is put below to be whole statements.
OPENING = "class _:\n"
_CACHED_CHARS = 8_000_000
_NO_NAMES = frozenset[str]()
_NAME = re.compile(r"[^\W\d]\w*")
_USED = re.compile(r"(?<![\w.])[^\W\d]\w*")
_ATTRIBUTE = re.compile(r"\.[\s\\]*+([^\W\d]\w*)")
_HELD = re.compile(r"\bself\.\w+\.(\w+)")
_PLAIN = re.compile(r"\s*(?!@|(?:async\s+)?def\b|class\b)\S")
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
    """What is known of a part of a text from it alone.

    uses: every name in it that is no attribute and in no text; some may be its own.
    attributes: the names of attributes.
    defines: names that it gives a meaning, for a member of a class those of the class.
    outward: names of the file that its functions give a meaning.
    bends: names whose objects it may change as it runs, unless they are imported.
    changes: names of the file whose objects its functions may change when they are called.
    fields: attributes that it sets or adds to.
    held: attributes of objects that a field of `self` holds.
    imports: where its imports stand in it.
    n_lines: how many lines it has.
    parses: whether it is whole statements.
    """

    uses: frozenset[str]
    attributes: frozenset[str]
    defines: frozenset[str]
    outward: frozenset[str]
    bends: frozenset[str]
    changes: frozenset[str]
    fields: frozenset[str]
    held: frozenset[str]
    imports: tuple[Span, ...]
    n_lines: int
    parses: bool
    _taken: frozenset[str] | None

    def refers_to(self, names: Collection[str]) -> bool:
        """Whether it uses one of these names as others define it."""
        used = self.uses.intersection(names)
        return bool(used) and (self._taken is None or not used.isdisjoint(self._taken))


_facts: BoundedCache[Facts] = BoundedCache(_CACHED_CHARS)
_names: BoundedCache[tuple[frozenset[str], ...]] = BoundedCache(_CACHED_CHARS)


def facts(text: str) -> Facts:
    """What is known of `text`, kept by it; a member of a class stands below `OPENING`."""
    return _facts.get(text, _facts_of)


def _facts_of(text: str) -> Facts:
    imports = tuple(import_spans(text)) if "import" in text else ()
    n_lines = text.count("\n") + 1
    bound = bindings(text, "_" if text.startswith(OPENING) else None)
    text = plain(text)
    parses = bound is not None
    if bound is None:
        said = (text[span.start : span.end] for span in imports)
        names = [name for each in said for name in _NAME.findall(each)]
        bound = Bindings(frozenset([*_defined(text), *names]))
    code = without_texts(text)
    uses, attributes, fields, held = (
        _NO_NAMES.union(*found)
        for found in zip(*(_names.get(piece, _names_in) for piece in pieces(code)), strict=True)
    )
    inside = code.removeprefix(OPENING)
    return Facts(
        uses=uses | bound.said,
        attributes=attributes | bound.said,
        defines=bound.own,
        outward=bound.outward,
        bends=bent(inside) if _PLAIN.match(inside) else _NO_NAMES,
        changes=bound.changed,
        fields=fields | bound.fields,
        held=held,
        imports=imports,
        n_lines=n_lines,
        parses=parses,
        _taken=bound.taken,
    )


def _names_in(text: str) -> tuple[frozenset[str], ...]:
    """Names that are no attributes, attributes, those of `self` that are set, those of fields."""
    return (
        frozenset(_USED.findall(text)),
        frozenset(_ATTRIBUTE.findall(text)),
        frozenset(FILLED.findall(text)) if "self" in text else _NO_NAMES,
        frozenset(_HELD.findall(text)) if "self" in text else _NO_NAMES,
    )


def _defined(text: str) -> Iterator[str]:
    """The names that a part that is no whole statements gives a meaning, by the look of it."""
    inside = text.removeprefix(OPENING)
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
