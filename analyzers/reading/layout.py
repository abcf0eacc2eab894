"""Newer syntax written as older syntax of the same layout, and what to put back into the tree.

Python 3.11 reads what is returned, with every token that is left at its own line and column. Only
the ends of lines, behind which nothing stands, grow.

    f'{a['b']}'         f'xxxxxxxx'         the fields are read one by one and put back
    t'{a}'              f'{a}'
    except A, B:        except A   :        the handler gets the tuple back
    type X[T] = int     type=X    = int     the assignment loses its first target
    def f[T: int](x):   def f        (x):   type parameters are dropped, for classes too
    lazy import a       lazy;import a       the name alone is taken out again
    [*a for a in b]     [ a for a in b]     stays so
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from analyzers.reading.places import Places, blank, filler
from analyzers.reading.tokens import Token, Unreadable, tokens

READS_MODERN_STRINGS = sys.version_info >= (3, 12)
Place = tuple[int, int]
_OPENING = ("(", "[", "{")
# What newer syntax looks like, f-strings aside; cheaper than tokens, and also in strings.
_LOOKS_NEWER = re.compile(
    r"\b(?:def|class)[\s\\]+\w+[\s\\]*\["
    r"|\bexcept\b[\s\\*]*(?:\([^()]*(?:\(|\)[\s\\]*,)|[^\s(:][^:]{0,300},)"
    r"|\b(?:type|lazy)[\s\\]+[^\W\d]"
    r"|[\[({][\s\\]*\*[^,]{0,300}?\bfor\b"
    r"|(?<!\w)(?:[tT][rR]?|[rR][tT])[\"']"
)
_FORMATTED = re.compile(r"(?<!\w)(?:[fF][rR]?|[rR][fF])(\"{3}|'{3}|[\"'])")
_FIELD = r"\{\{|\}\}|\{(?:[^{}Q\\#N]|\{[^{}Q\\#N]*\})*\}"
# From behind its quote an f-string whose fields hold nothing that would have ended it.
_OLDER = {
    quote: re.compile(
        (
            rf"(?:[^{{}}\\Q]|\\[^{{}}]|Q(?!QQ)|{_FIELD})*+QQQ".replace("N", "")
            if len(quote) == 3
            else rf"(?:[^{{}}\\Q\r\n]|\\[^{{}}]|{_FIELD})*+Q".replace("N", r"\r\n")
        ).replace("Q", quote[0]),
        re.DOTALL,
    )
    for quote in ("'", '"', "'''", '"""')
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Older text, and by line and column what its tree does not say.

    strings: the strings side by side that make one f-string.
    handlers: the offsets of what an `except` catches.
    aliases: the type aliases.
    lazy: the lazy imports.
    """

    text: str
    strings: dict[Place, tuple[Token, ...]] = field(default_factory=dict)
    handlers: dict[Place, tuple[int, int]] = field(default_factory=dict)
    aliases: frozenset[Place] = frozenset()
    lazy: frozenset[Place] = frozenset()

    @property
    def has_holes(self) -> bool:
        """Whether the tree of `text` lacks something."""
        return bool(self.strings or self.handlers or self.aliases or self.lazy)


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


def older(text: str, *, every_string: bool = False) -> Layout | None:
    """`text` in older syntax, None if there is nothing to write differently.

    every_string: rewrite those f-strings too that need it not, for the tests.

    Raises:
        Unreadable: a string has no end, or the field of an f-string none.
    """
    read = list(tokens(text))
    places = Places(text)
    edits: list[_Edit] = []
    handlers: dict[Place, tuple[int, int]] = {}
    soft: dict[str, set[Place]] = {"type": set(), "lazy": set()}
    for i, token in enumerate(read):
        if token.text in ("def", "class"):
            edits += _parameters(text, read, i + 2)
        elif token.text == "except":
            found = _caught(text, read, i + 1)
            if found is not None:
                (start, end), edit = found
                handlers[places.place(token.start)] = start, end
                edits.append(edit)
        elif token.text in soft and _is_soft_keyword(read, i):
            soft[token.text].add(places.place(token.start))
            behind = token.end + (text[token.end] != "\\")  # Nothing stands behind a backslash.
            edits.append(_Edit(token.end, behind, "=" if token.text == "type" else ";"))
            edits += _parameters(text, read, i + 2)
        elif token.text == "*" and i and read[i - 1].text in _OPENING:
            edits += _unpacking(read, i)
    strings = {}
    for group in _groups(read):
        if any(edit.start <= group[0].start < edit.end for edit in edits):
            continue
        if not READS_MODERN_STRINGS and (every_string or any(s.is_modern for s in group)):
            strings[places.place(group[0].start)] = group
            edits += [_plain(text, string) for string in group if string.fields is not None]
        else:
            edits += [_formatted(text, string) for string in group if "t" in string.prefix]
    if not edits:
        return None
    lazy, aliases = frozenset(soft["lazy"]), frozenset(soft["type"])
    return Layout(_applied(text, edits), strings, handlers, aliases, lazy)


def looks_newer(text: str) -> bool:
    """False where `older` surely has nothing to write differently; a glance at the characters."""
    return _LOOKS_NEWER.search(text) is not None or any(
        _OLDER[match[1]].match(text, match.end()) is None for match in _FORMATTED.finditer(text)
    )


def may_be_newer(text: str) -> bool:
    """Whether there is newer syntax in `text`, or a string without an end that may hide some."""
    try:
        return older(text) is not None
    except Unreadable:
        return True


def _parameters(text: str, read: Sequence[Token], at: int) -> list[_Edit]:
    """Blanks for the type parameters that begin at the token `at`, if any do."""
    if at >= len(read) or read[at].text != "[":
        return []
    end = _closing(read, at)
    if end is None:
        return []
    start, stop = read[at].start, read[end].end
    return [_Edit(start, stop, blank(text[start:stop]))]


def _closing(read: Sequence[Token], at: int) -> int | None:
    depth = 0
    for i in range(at, len(read)):
        if read[i].kind == "operator":
            depth += (read[i].text in _OPENING) - (read[i].text in ")]}")
            if depth == 0:
                return i
    return None


def _caught(text: str, read: Sequence[Token], at: int) -> tuple[tuple[int, int], _Edit] | None:
    """Where an unparenthesised list of exceptions stands, and blanks for all but the first."""
    if at < len(read) and read[at].text == "*":
        at += 1
    depth, comma = 0, None
    for i in range(at, len(read)):
        token = read[i]
        if token.kind == "operator":
            depth += (token.text in _OPENING) - (token.text in ")]}")
        if depth > 0:
            continue
        if token.text == ":" and comma is not None and i > at:
            start, end = read[at].start, read[i - 1].end
            return (start, end), _Edit(comma, end, blank(text[comma:end]))
        if token.text in ("as", ":") or token.kind == "newline":
            return None
        if token.text == "," and comma is None:
            comma = token.start
    return None


def _is_soft_keyword(read: Sequence[Token], at: int) -> bool:
    """Whether a type alias or a lazy import begins here."""
    begins = at == 0 or read[at - 1].kind == "newline" or read[at - 1].text in (":", ";")
    if not begins or at + 2 >= len(read) or read[at + 1].kind != "name":
        return False
    if read[at].text == "lazy":
        return read[at + 1].text in ("import", "from")
    return read[at + 2].text in ("[", "=")


def _unpacking(read: Sequence[Token], at: int) -> list[_Edit]:
    """Blanks for the stars at the head of a comprehension."""
    depth = 0
    for token in read[at:]:
        if token.kind == "operator":
            depth += (token.text in _OPENING) - (token.text in ")]}")
        if depth < 0 or (depth == 0 and token.text == ","):
            break
        if depth == 0 and token.text == "for":
            n_stars = 1 + (read[at + 1].text == "*")
            return [_Edit(star.start, star.end, " ") for star in read[at : at + n_stars]]
    return []


def _groups(read: Sequence[Token]) -> list[tuple[Token, ...]]:
    """The strings that stand side by side, line ends inside brackets aside, with an f-string."""
    groups: list[tuple[Token, ...]] = []
    group: list[Token] = []
    depth = 0
    for token in read:
        if token.kind == "string":
            group.append(token)
            continue
        if token.kind == "newline" and depth > 0:
            continue
        if token.kind == "operator":
            depth += (token.text in _OPENING) - (token.text in ")]}")
        if any(string.fields is not None for string in group):
            groups.append(tuple(group))
        group = []
    if any(string.fields is not None for string in group):
        groups.append(tuple(group))
    return groups


def _plain(text: str, string: Token) -> _Edit:
    """An f-string without fields in the place of one with them."""
    start = string.start + len(string.prefix) + len(string.quote)
    end = string.end - len(string.quote)
    inside = filler(text[start:end], "" if len(string.quote) == 3 else "\\")
    return _Edit(string.start, end, _as_f(string) + string.quote + inside)


def _formatted(text: str, string: Token) -> _Edit:
    return _Edit(string.start, string.start + len(string.prefix), _as_f(string))


def _as_f(string: Token) -> str:
    return string.prefix.replace("t", "f")


def _applied(text: str, edits: Sequence[_Edit]) -> str:
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        if edit.start < at:  # Inside what is blanked already.
            continue
        parts += text[at : edit.start], edit.text
        at = edit.end
    return "".join([*parts, text[at:]])
