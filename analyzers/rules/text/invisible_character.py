"""Text that is not what it looks like

## What it does
Looks in text of any language for characters that cannot be seen or that pose as others: controls
of the direction of text, characters without width, tags and selectors that hide whole messages,
fillers that count as letters, and words of Latin letters with a Cyrillic or Greek double in them.
Joiners within emoji and within scripts that need them, marks in text from right to left, and flags
are as they should be.

## Why is this bad?
What a reviewer sees is not what runs: a comment ends earlier than it seems, two names that look the
same are two, or a file carries orders for a language model that no human reads.

## Example
```python
if level != "user<U+202E> <U+2066># only for administrators<U+2069> <U+2066>":
```
which an editor shows as `if level != "user": # only for administrators`.

## Use instead
```python
if level != "user":  # only for administrators
```
and escapes such as `"\\u202e"` where such a character is meant.

## References
- CWE-1007: Insufficient Visual Distinction of Homoglyphs Presented to User
- CVE-2021-42574 and CVE-2021-42694 (Trojan Source)
- Unicode Technical Report 36
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from analyzers.finding import Confidence, Finding, Severity, Span
from analyzers.rule import Rule

_BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_MARKS = "\u200e\u200f\u061c"
_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u180e"
_FILLERS = "\u115f\u1160\u3164\uffa0"
_TAGS = "".join(map(chr, range(0xE0000, 0xE0080)))
_SELECTORS = "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
# Letters that look like Latin ones, in the scripts where they are common.
_CYRILLIC = "асеорхуіјѕһԁԛԝАВЕКМНОРСТУХЅІЈ"
_GREEK = "οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_DOUBLES = _CYRILLIC + _GREEK
_ALL = _BIDI + _MARKS + _ZERO_WIDTH + _FILLERS + _TAGS + _SELECTORS
RULE = Rule(
    "invisible-character",
    cwe=1007,
    severity="high",
    confidence="high",
    languages=("any",),
    aliases=("B613",),
    words=tuple(sorted({character.lower() for character in _ALL + _DOUBLES})),
)
_HIDDEN = re.compile(f"[{_ALL}]+")
_MIXED = re.compile(rf"(?<!\w)(?=\w*[A-Za-z])(?=\w*[{_DOUBLES}])[A-Za-z0-9_{_DOUBLES}]+(?!\w)")
_FLAG = "\N{WAVING BLACK FLAG}"


def find(text: str) -> Iterator[Finding]:
    """Runs of hidden characters, and words of two scripts."""
    if text.isascii():
        return
    for match in _HIDDEN.finditer(text):
        judged = _judged(text, match)
        if judged is not None:
            severity, confidence, message = judged
            span = Span(*match.span())
            yield Finding(RULE.name, RULE.cwe, severity, confidence, span, message)
    for match in _MIXED.finditer(text):
        doubles = "".join(sorted(set(match[0]) & set(_DOUBLES)))
        message = f"{unicodedata.name(doubles[0])} looks like a Latin letter in this word"
        span = Span(*match.span())
        yield Finding(RULE.name, RULE.cwe, "medium", "medium", span, message)


def _judged(text: str, match: re.Match[str]) -> tuple[Severity, Confidence, str] | None:
    run, start, end = match[0], match.start(), match.end()
    before, after = text[start - 1 : start], text[end : end + 1]
    if set(run) & set(_BIDI):
        if _is_right_to_left(_line(text, start)):
            return "low", "low", "the direction of the text is changed here"
        return "high", "high", "the direction of the text is changed: it is not what it looks like"
    if set(run) & set(_TAGS):
        if before == _FLAG:
            return None
        return "high", "high", "a message that cannot be seen is hidden here"
    if all(character in _SELECTORS for character in run):
        if len(run) == 1:
            return None
        return "high", "medium", "bytes that cannot be seen are hidden here"
    if set(run) & set(_FILLERS):
        return "high", "medium", "this letter cannot be seen"
    if set(run) <= set(_MARKS):
        if _is_right_to_left(_line(text, start)):
            return None
        return "low", "medium", "a mark of direction that cannot be seen"
    if start == 0 and run == "\ufeff":
        return None
    if len(run) <= 2 and _joins(before, after):
        return None
    return "medium", "medium", "a character without width, which cannot be seen"


def _joins(before: str, after: str) -> bool:
    """Whether a joiner stands where scripts and emoji need one."""
    return all(
        side and (unicodedata.category(side) in ("So", "Sk", "Mn", "Mc") or _needs_joiners(side))
        for side in (before, after)
    )


def _needs_joiners(character: str) -> bool:
    """Arabic with its kin, and the scripts of India and around."""
    return (
        "\u0600" <= character <= "\u08ff"
        or "\u0900" <= character <= "\u109f"
        or ("\u1780" <= character <= "\u18af" or character in ("\u2640", "\u2642", "\u2764"))
    )


def _line(text: str, at: int) -> str:
    end = text.find("\n", at)
    return text[text.rfind("\n", 0, at) + 1 : end if end >= 0 else len(text)]


def _is_right_to_left(line: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in line if
               character not in _MARKS)  # fmt: skip
