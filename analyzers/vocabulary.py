"""The words of a Python text that rules ask for, put together from what is known of its parts."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from analyzers.bounded_cache import BoundedCache
from analyzers.flow.called import Calls
from analyzers.flow.sources import ROUTES
from analyzers.registry import rules
from analyzers.spelling import folded, plain

# What names a request of the network and its readers (`analyzers.flow.sources`).
_REMOTE = frozenset(
    {
        "request", "req", "http_request", "web_request", "websocket", "cgi", "web", "recv",
        "recvfrom", "receive_text", "receive_json", "get_argument", "get_arguments",
        "get_query_argument", "get_query_arguments", "get_body_argument", "get_body_arguments",
        "text_input", "text_area", "chat_input",
    }
)  # fmt: skip
# The handlers of requests; each is only looked for where the word before it stands.
_HANDLERS = (
    ("RequestHandler", re.compile(r"RequestHandler\b")),
    ("Servicer", re.compile(r"Servicer\b")),
    ("environ", re.compile(r"\benviron\b[^)]{0,200}\bstart_response\b")),
    (
        ":",
        re.compile(
            r":\s*(?:\w+\s*\.\s*){0,5}"
            r"(?:(?:WSGI|ASGI|Http)?Request|HTTPConnection|WebSocket|HttpRequestBase)\b"
        ),
    ),
    (
        "@",
        re.compile(
            rf"^[ \t]*@[^\n]*\.\s*(?:{'|'.join(sorted(ROUTES))})\s*\("
            r"|@(?:\w+\.)*(?:api_view|view_config|expose|field|mutation|subscription)\b",
            re.MULTILINE,
        ),
    ),
    ("event", re.compile(r"handler\([^)]{0,200}\bevent\b")),
)
# One of these is a part of each of the above, in lower case.
_PARTS_OF_REMOTE = (
    "req", "web", "cgi", "recv", "receive_", "_argument", "httpconn", "@", "event", "_input",
    "text_area", "servicer", "environ",
)  # fmt: skip
# An import of a request under its own name: who uses it says the name again.
_SILENT = re.compile(
    r"^[ \t]*from\b(?!.{0,300}\bas\b).{0,200}?\bimport\b.{0,200}?request.*$"
    r"|^[ \t]*from[ \t]+[\w.]*\brequest[ \t]+import\b|\burllib\.request\b",
    re.MULTILINE,
)
# Where data enters that is not from the network.
_LOCAL = frozenset(
    {
        "input", "raw_input", "stdin", "argv", "parse_args", "parse_known_args", "getpass",
        "requests", "httpx", "urlopen",
    }
)  # fmt: skip
# Comments and strings; those that stand for themselves begin a line.
_TOKEN = re.compile(
    r"#[^\n]*"
    r"|(?P<alone>^[ \t]*[rRuU]?)?(?:\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3})"
    r'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'',
    re.MULTILINE | re.DOTALL,
)
_FORMATTED = frozenset("fFtT")
_TRIPLE = re.compile(r"\"{3}|'{3}")
_WORD = re.compile(r"[^\W\d]\w*")
_NAME = re.compile(r"(\.\s*)?\b([^\W\d]\w*)(\s*\()?")
_IMPORTED = re.compile(r"\bimport\b[ \t]*(?:\([^)]*|(?:[^\n;\\]|\\\r?\n)*)")
_CUT = re.compile(
    r"^(?=[ \t]*(?:@|(?:def|class|with|while|try|except|elif|return|raise)\b))", re.MULTILINE
)
_SHORT_CHARS = 800
_CACHED_CHARS = 4_000_000


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is said in a text.

    names: those that are no attributes, as they are written; in strings too.
    called: attributes, names before a bracket, and those that are imported.
    words: the words of rules that name no calls, in lower case, as parts of others too.
    sure: the rules, of those that do not follow data, that may find something grave and sure.
    is_remote: whether a flow from the network can begin in it.
    is_source: whether another one can begin in it that is known.
    """

    names: frozenset[str]
    called: frozenset[str]
    words: frozenset[str]
    sure: frozenset[str]
    is_remote: bool
    is_source: bool

    def may_hold(self, calls: Calls | None, around: Vocabulary | None = None) -> bool:
        """Whether one of the calls may stand in the text; None stands for any.

        around: the words of what the text is a part of, where its imports are.
        """
        names = (around or self).names
        return calls is None or calls.may_stand_in(self.names, self.called, names)

    def joined(self, *others: Vocabulary) -> Vocabulary:
        """The words of all of them."""
        return Vocabulary(
            self.names.union(*(other.names for other in others)),
            self.called.union(*(other.called for other in others)),
            self.words.union(*(other.words for other in others)),
            self.sure.union(*(other.sure for other in others)),
            self.is_remote or any(other.is_remote for other in others),
            self.is_source or any(other.is_source for other in others),
        )


def vocabulary(parts: Iterable[str]) -> Vocabulary:
    """The words of a text that was cut into parts between its lines."""
    return NOTHING_SAID.joined(*(_known.get(part, _of_part) for part in parts))


def has_remote(text: str) -> bool:
    """Whether a flow from the network can begin in this part of a text."""
    return _begins_remote.get(text, _has_remote)


def _has_remote(text: str) -> bool:
    lowered = folded(text)
    if not any(part in lowered for part in _PARTS_OF_REMOTE):
        return False
    return any(_is_remote(piece) for piece in _code_in.get(text, _cut_code))


def code_alone(text: str) -> str:
    """The text without comments and strings that stand for themselves."""
    return _alone.get(text, _code_alone)


def _code_alone(text: str) -> str:
    if "#" not in text and _TRIPLE.search(text) is None:
        return text
    # In a text that was cut in the middle of a string what looks like its inside may be code.
    keeps_strings = len(_TRIPLE.findall(text)) % 2 == 1

    def kept(match: re.Match[str]) -> str:
        if match[0].startswith("#") or (match["alone"] is not None and not keeps_strings):
            return ""
        return match[0]

    return _TOKEN.sub(kept, text)


def without_texts(text: str) -> str:
    """The code of a text with nothing in its strings but for those that may name something.

    These are annotations, and what has fields.
    """
    code = code_alone(text)
    if len(_TRIPLE.findall(code)) % 2 == 1:
        return code

    def kept(match: re.Match[str]) -> str:
        before = code[max(match.start() - 4, 0) : match.start()].rstrip(" \t")
        names = not _FORMATTED.isdisjoint(before[-2:]) or before.endswith((":", "->"))
        return match[0] if names else '""'

    return _TOKEN.sub(kept, code)


def _without_strings(text: str) -> str:
    """The text with nothing in its strings but for those that may hold expressions."""
    if len(_TRIPLE.findall(text)) % 2 == 1:
        return text

    def kept(match: re.Match[str]) -> str:
        before = text[max(match.start() - 2, 0) : match.start()]
        return '""' if _FORMATTED.isdisjoint(before) else match[0]

    return _TOKEN.sub(kept, text)


def _of_part(text: str) -> Vocabulary:
    words = (_words_of.get(piece, _words_in) for piece in pieces(plain(text)))
    code = (_of_code.get(piece, _said_in) for piece in _code_in.get(text, _cut_code))
    return replace(NOTHING_SAID, words=_NO_NAMES.union(*words)).joined(*code)


def pieces(text: str) -> list[str]:
    """A text cut before some of its statements, so that most pieces stay as they are in a change.

    No name and no import is cut in two.
    """
    return _CUT.split(text) if len(text) > _SHORT_CHARS else [text]


def _cut_code(text: str) -> list[str]:
    return pieces(code_alone(plain(text)))


def _words_in(text: str) -> frozenset[str]:
    lowered = text.lower()
    return frozenset(word for word in _words() if word in lowered)


def _said_in(code: str) -> Vocabulary:
    found = _NAME.findall(code)
    called = {name for dot, name, bracket in found if dot or bracket}
    if "import" in code:
        called.update(name for said in _IMPORTED.findall(code) for name in _WORD.findall(said))
    names = frozenset(name for dot, name, _ in found if not dot)
    return Vocabulary(
        names,
        frozenset(called),
        _NO_NAMES,
        frozenset(name for name, sure in _sure() if sure.search(code)),
        _is_remote(code),
        not (_LOCAL.isdisjoint(names) and _LOCAL.isdisjoint(called)),
    )


def _is_remote(code: str) -> bool:
    # Who uses what was imported says its name again, unless it was given another.
    if not (
        _REMOTE.isdisjoint(_WORD.findall(code))
        or _REMOTE.isdisjoint(_WORD.findall(_SILENT.sub("", _without_strings(code))))
    ):
        return True
    return any(word in code and handler.search(code) is not None for word, handler in _HANDLERS)


@functools.cache
def _sure() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, each.sure) for name, each in rules().items() if each.sure is not None)


@functools.cache
def _words() -> tuple[str, ...]:
    """Each word once of the rules for Python that name no calls."""
    found: dict[str, None] = {}
    for registered in rules().values():
        if "python" in registered.rule.languages and registered.calls is None:
            found |= dict.fromkeys(registered.rule.words)
        found |= dict.fromkeys(registered.unproven)
    return tuple(found)


_NO_NAMES = frozenset[str]()
NOTHING_SAID = Vocabulary(_NO_NAMES, _NO_NAMES, _NO_NAMES, _NO_NAMES, False, False)
_known: BoundedCache[Vocabulary] = BoundedCache(_CACHED_CHARS)
_alone: BoundedCache[str] = BoundedCache(_CACHED_CHARS)
_code_in: BoundedCache[list[str]] = BoundedCache(_CACHED_CHARS)
_begins_remote: BoundedCache[bool] = BoundedCache(_CACHED_CHARS)
_of_code: BoundedCache[Vocabulary] = BoundedCache(_CACHED_CHARS)
_words_of: BoundedCache[frozenset[str]] = BoundedCache(_CACHED_CHARS)
