"""The words of a Python text that rules ask for, put together from what is known of its parts."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from analyzers.bounded_cache import BoundedCache
from analyzers.flow.called import Calls
from analyzers.registry import rules

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
# Comments and strings; those that stand for themselves begin a line.
_TOKEN = re.compile(
    r"#[^\n]*"
    r"|(?P<alone>^[ \t]*[rRuU]?)?(?:\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3})"
    r'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'',
    re.MULTILINE | re.DOTALL,
)
_TRIPLE = re.compile(r"\"{3}|'{3}")
_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*")
_CALLED = re.compile(r"(?:\.[ \t]*([^\W\d]\w*))|([^\W\d]\w*)\s*\(")
_IMPORTED = re.compile(r"\bimport\b[ \t]*(?:\([^)]*|(?:[^\n;\\]|\\\r?\n)*)")
_CACHED_CHARS = 4_000_000


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is said in a text.

    names: those that are no attributes, as they are written; in strings too.
    called: attributes, names before a bracket, and those that are imported.
    words: the rules' words that occur in it, in lower case, as parts of others too.
    told: the same without comments and strings that stand for themselves.
    is_remote: whether a flow from the network can begin in it.
    """

    names: frozenset[str]
    called: frozenset[str]
    words: frozenset[str]
    told: frozenset[str]
    is_remote: bool

    def may_hold(self, calls: Calls | None) -> bool:
        """Whether one of the calls may stand in the text; None stands for any."""
        return calls is None or calls.may_stand_in(self.names, self.called)


def vocabulary(parts: Iterable[str]) -> Vocabulary:
    """The words of a text that was cut into parts between its lines."""
    known = [_known.get(part, _of_part) for part in parts]
    nothing = frozenset[str]()
    return Vocabulary(
        nothing.union(*(part.names for part in known)),
        nothing.union(*(part.called for part in known)),
        nothing.union(*(part.words for part in known)),
        nothing.union(*(part.told for part in known)),
        any(part.is_remote for part in known),
    )


def has_remote(text: str) -> bool:
    """Whether a flow from the network can begin in this part of a text."""
    # Who uses what was imported says its name again, unless it was given another.
    return _REMOTE.search(_SILENT.sub("", text)) is not None


def code_alone(text: str) -> str:
    """The text without comments and strings that stand for themselves."""
    # In a text that was cut in the middle of a string what looks like its inside may be code.
    keeps_strings = len(_TRIPLE.findall(text)) % 2 == 1

    def kept(match: re.Match[str]) -> str:
        if match[0].startswith("#") or (match["alone"] is not None and not keeps_strings):
            return ""
        return match[0]

    return _TOKEN.sub(kept, text)


def _of_part(text: str) -> Vocabulary:
    lowered, code = text.lower(), code_alone(text)
    words = frozenset(word for word in _words() if word in lowered)
    code_lowered = code.lower()
    called = {name for pair in _CALLED.findall(code) for name in pair if name}
    if "import" in code:
        called |= {name for said in _IMPORTED.findall(code) for name in _NAME.findall(said)}
    return Vocabulary(
        frozenset(_NAME.findall(code)),
        frozenset(called),
        words,
        frozenset(word for word in words if word in code_lowered),
        has_remote(text),
    )


@functools.cache
def _words() -> tuple[str, ...]:
    """Each word of the rules for Python once."""
    found: dict[str, None] = {}
    for registered in rules().values():
        if "python" in registered.rule.languages:
            found |= dict.fromkeys((*registered.rule.words, *registered.unproven))
    return tuple(found)


_known: BoundedCache[Vocabulary] = BoundedCache(_CACHED_CHARS)
