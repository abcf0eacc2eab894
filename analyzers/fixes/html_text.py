"""Where in a page its values stand: escaping holds in text and in quoted attributes alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from analyzers.fixes.literals import Char
from analyzers.fixes.parts import Hole

# text: between tags. quoted: in an attribute's quotes, where nothing but quotes and & matter.
# unsafe: in a script, a style, a comment, a tag without quotes, or what holds code or an address.
Where = Literal["text", "quoted", "unsafe"]

_CODE = ("script", "style", "iframe", "noscript", "xmp")
_ADDRESSES = frozenset(
    ("href", "src", "action", "formaction", "data", "xlink:href", "background", "poster", "cite",
     "manifest", "ping", "srcset", "content", "code", "codebase", "to", "from", "values")
)  # fmt: skip
_FIXED_ADDRESS = re.compile(r"(?:https?://[\w.-]+(?::\d+)?[/?#]|mailto:|/(?!/|$)|[#?]|\.{1,2}/)")
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=\0]+)\s*=\s*$")
_TAG = re.compile(r"</?([A-Za-z][\w:-]*)")


@dataclass(slots=True)
class _Page:
    """What was read so far. `tag` is the text of a tag that is open, from its `<` on."""

    tag: str = ""
    attribute: str = ""
    quote: str = ""
    value: str = ""
    raw: str = ""
    tail: str = field(default="")

    def take(self, char: str) -> None:
        self.tail = (self.tail + char)[-12:].lower()
        if self.raw:
            self._in_raw(char)
        elif self.quote:
            self._in_quotes(char)
        elif self.tag:
            self._in_tag(char)
        elif char == "<":
            self.tag = char

    def _in_raw(self, char: str) -> None:
        closing = "-->" if self.raw == "!--" else f"</{self.raw}"
        if self.tail.endswith(closing):
            self.tag = "" if self.raw == "!--" else closing
            self.raw = ""

    def _in_quotes(self, char: str) -> None:
        if char == self.quote:
            self.quote = ""
            self.tag += "x"
        else:
            self.value += char

    def _in_tag(self, char: str) -> None:
        named = _ATTRIBUTE.search(self.tag)
        if char in "'\"" and named is not None:
            self.quote, self.attribute, self.value = char, named[1].lower(), ""
        elif char == ">":
            found = _TAG.match(self.tag)
            name = found[1].lower() if found else ""
            is_opening = not self.tag.startswith("</")
            self.tag = ""
            self.raw = name if is_opening and name in _CODE else ""
        elif len(self.tag) == 1 and not (char.isalpha() or char in "/!?\0"):
            self.tag = ""  # `a < b` opens no tag.
        else:
            self.tag += char
            if self.tag == "<!--":
                self.tag, self.raw = "", "!--"

    @property
    def where(self) -> Where:
        if self.raw or (self.tag and not self.quote):
            return "unsafe"
        if not self.quote:
            return "text"
        if self.attribute in ("style", "srcdoc") or self.attribute.startswith("on"):
            return "unsafe"
        if self.attribute in _ADDRESSES and not _FIXED_ADDRESS.match(self.value):
            return "unsafe"
        return "quoted"


def places(parts: Sequence[Char | Hole]) -> Iterator[tuple[Hole, Where]]:
    """Where each of the values of a string stands, if the string begins between tags."""
    page = _Page()
    for part in parts:
        if isinstance(part, Hole):
            yield part, page.where
            page.take("\0")
        else:
            page.take(part.char)


def is_whole(parts: Sequence[Char | Hole]) -> bool:
    """Whether a string that begins between tags ends there: whatever is added to it does too."""
    page = _Page()
    for part in parts:
        page.take("\0" if isinstance(part, Hole) else part.char)
    return page.where == "text"


def is_in_template(parts: Sequence[Char | Hole], hole: Hole) -> bool:
    """Whether a value stands inside of `{{ ... }}`, `{% ... %}` or `{# ... #}` of a template."""
    before = ""
    for part in parts:
        if part is hole:
            break
        before += part.char if isinstance(part, Char) else "\0"
    pairs = (("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("${", "}"), ("<%", "%>"))
    return any(before.rfind(opening) > before.rfind(closing) for opening, closing in pairs)
