"""The words of a Python text that rules ask for, put together from what is known of its parts."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from analyzers.bounded_cache import BoundedCache
from analyzers.flow.called import Calls
from analyzers.flow.sources import ROUTES
from analyzers.registry import rules

# What names a request of the network, its handlers and its readers (`analyzers.flow.sources`).
_REMOTE = re.compile(
    r"\b(?<!urllib\.)(?:request|req|http_request|web_request|websocket|cgi|web"
    r"|recv(?:from)?|receive_(?:text|json)|get_(?:query_|body_)?arguments?)\b"
    r"|\b[A-Z]\w{0,40}RequestHandler\b"
    r"|:\s*(?:\w+\s*\.\s*){0,5}(?:WSGI|ASGI|Http)?(?:Request|HTTPConnection|WebSocket|RequestBase)\b"
    r"|^[ \t]*@[^\n]*\.\s*(?:%s)\s*\("
    r"|@(?:\w+\.)*(?:api_view|view_config|expose)\b"
    r"|handler\([^)]{0,200}\bevent\b" % "|".join(sorted(ROUTES)),
    re.MULTILINE,
)
# An import of a request under its own name: who uses it says the name again.
_SILENT = re.compile(
    r"^[ \t]*from\b(?!.{0,300}\bas\b).{0,200}?\bimport\b.{0,200}?request.*$", re.MULTILINE
)
# Where data enters that is not from the network.
_LOCAL = re.compile(
    r"\b(?:input|raw_input|stdin|argv|parse_(?:known_)?args|getpass|requests|httpx|urlopen)\b"
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
    sure: the rules, of those that do not follow data, that may find something grave and sure.
    is_remote: whether a flow from the network can begin in it.
    is_source: whether another one can begin in it that is known.
    """

    names: frozenset[str]
    called: frozenset[str]
    words: frozenset[str]
    told: frozenset[str]
    sure: frozenset[str]
    is_remote: bool
    is_source: bool

    def may_hold(self, calls: Calls | None, around: Vocabulary | None = None) -> bool:
        """Whether one of the calls may stand in the text; None stands for any.

        around: the words of what the text is a part of, where its imports are.
        """
        names = (around or self).names
        return calls is None or calls.may_stand_in(self.names, self.called, names)


def vocabulary(parts: Iterable[str]) -> Vocabulary:
    """The words of a text that was cut into parts between its lines."""
    known = [_known.get(part, _of_part) for part in parts]
    nothing = frozenset[str]()
    return Vocabulary(
        nothing.union(*(part.names for part in known)),
        nothing.union(*(part.called for part in known)),
        nothing.union(*(part.words for part in known)),
        nothing.union(*(part.told for part in known)),
        nothing.union(*(part.sure for part in known)),
        any(part.is_remote for part in known),
        any(part.is_source for part in known),
    )


def has_remote(text: str) -> bool:
    """Whether a flow from the network can begin in this part of a text."""
    return _begins_remote.get(text, lambda text: _is_remote(code_alone(text)))


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
        frozenset(name for name, sure in _sure() if sure.search(code)),
        _is_remote(code),
        _LOCAL.search(code) is not None,
    )


def _is_remote(code: str) -> bool:
    # Who uses what was imported says its name again, unless it was given another.
    return _REMOTE.search(_SILENT.sub("", code)) is not None


@functools.cache
def _sure() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, each.sure) for name, each in rules().items() if each.sure is not None)


@functools.cache
def _words() -> tuple[str, ...]:
    """Each word of the rules for Python once."""
    found: dict[str, None] = {}
    for registered in rules().values():
        if "python" in registered.rule.languages:
            found |= dict.fromkeys((*registered.rule.words, *registered.unproven))
    return tuple(found)


_known: BoundedCache[Vocabulary] = BoundedCache(_CACHED_CHARS)
_begins_remote: BoundedCache[bool] = BoundedCache(_CACHED_CHARS)
