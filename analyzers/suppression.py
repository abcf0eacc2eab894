"""`leadsman: ignore[rule]`: a person's word that a finding is none, in a comment beside it.

The comment stands on a line of the finding, or alone on the line above it, and names the rules:
`# leadsman: ignore[sql-injection, weak-hash]`. Without a rule's name it means nothing. It is for
text that people wrote: `analyzers.check` does not know of it, so that generated text cannot excuse
itself.
"""

from __future__ import annotations

import functools
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzers.finding import Edit, Finding, Span

_COMMENT = re.compile(
    r"(?:#|//|/\*|<!--|--|;)[ \t]*leadsman:[ \t]*ignore"
    r"\[[ \t]*([a-z0-9-]+(?:[ \t]*,[ \t]*[a-z0-9-]+)*)[ \t]*\]"
)
_LINE_END = re.compile(r"\r\n|\r|\n")
_MARKERS = {"python": "#", "javascript": "//", "typescript": "//"}


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment: where it stands, on which line (from 0), and which rules it names.

    is_alone: whether nothing else stands on its line, so that it speaks of the next one.
    """

    span: Span
    line: int
    rules: frozenset[str]
    is_alone: bool


def ignores(text: str) -> tuple[Ignore, ...]:
    """Every such comment of a text."""
    if "leadsman:" not in text:
        return ()
    starts = _line_starts(text)
    found = []
    for match in _COMMENT.finditer(text):
        line = _line_of(starts, match.start())
        rules = frozenset(name.strip() for name in match[1].split(","))
        is_alone = not text[starts[line] : match.start()].strip()
        found.append(Ignore(Span(match.start(), match.end()), line, rules, is_alone))
    return tuple(found)


def without_ignored(
    findings: Iterable[Finding], text: str, generated: Sequence[Span] = ()
) -> tuple[Finding, ...]:
    """The findings in `text` that no comment speaks of.

    generated: text that was not written by a person; comments in it do not count.
    """
    comments = [
        comment
        for comment in ignores(text)
        if not any(span.overlaps(comment.span) for span in generated)
    ]
    if not comments:
        return tuple(findings)
    starts = _line_starts(text)
    spoken_of = {
        (rule, comment.line + step)
        for comment in comments
        for rule in comment.rules
        for step in ((0, 1) if comment.is_alone else (0,))
    }
    return tuple(
        finding
        for finding in findings
        if not any((finding.rule, line) in spoken_of for line in _lines_of(finding, starts))
    )


def ignore_edit(text: str, finding: Finding, language: str) -> Edit | None:
    """The edit that has a finding ignored, None where no comment can stand beside it."""
    marker = _MARKERS.get(language)
    if marker is None:
        return None
    starts = _line_starts(text)
    line = _lines_of(finding, starts)[0]
    start, end = starts[line], _content_end(text, starts, line)
    content = text[start:end]
    is_free = _free_line_ends(text, language)
    comment = f"{marker} leadsman: ignore[{finding.rule}]"
    if line in is_free and not content.rstrip().endswith("\\"):
        # What stands in a comment already is the place's business, and stays.
        return Edit(Span(end, end), f"  {comment}")
    above = text[starts[line - 1] : _content_end(text, starts, line - 1)] if line else ""
    if line == 0 or (line - 1 in is_free and not above.rstrip().endswith("\\")):
        indent = content[: len(content) - len(content.lstrip(" \t"))]
        newline = text[end : starts[line + 1]] if line + 1 < len(starts) else "\n"
        return Edit(Span(start, start), f"{indent}{comment}{newline}")
    return None


# A list of actions is asked for at every move of the cursor.
@functools.lru_cache(maxsize=2)
def _free_line_ends(text: str, language: str) -> frozenset[int]:
    """The lines whose end is inside no string and no comment that goes on."""
    n_lines = len(_line_starts(text))
    if language != "python":
        return _free_outside_python(text)
    inside: set[int] = set()
    n_read = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            first, last = token.start[0] - 1, token.end[0] - 1
            is_text = token.type == tokenize.STRING or "FSTRING" in tokenize.tok_name[token.type]
            if is_text and last > first:
                inside.update(range(first, last))
            n_read = last
    except (tokenize.TokenError, SyntaxError, ValueError):
        # Up to where it could be read, the ends are known; from the last token on they are not.
        return frozenset(range(n_read)) - inside
    return frozenset(range(n_lines)) - inside


def _free_outside_python(text: str) -> frozenset[int]:
    free = []
    is_inside = False
    for number, content in enumerate(_LINE_END.split(text)):
        quotes = len(re.findall(r"(?<!\\)`", content))
        is_inside ^= bool(quotes % 2)
        if "/*" in content and "*/" not in content[content.rindex("/*") :]:
            break  # How far a comment goes is not worth finding out.
        if not is_inside:
            free.append(number)
    return frozenset(free)


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


def _line_of(starts: Sequence[int], offset: int) -> int:
    return bisect_right(starts, offset) - 1


def _lines_of(finding: Finding, starts: Sequence[int]) -> range:
    first = _line_of(starts, finding.span.start)
    return range(first, max(first, _line_of(starts, max(finding.span.end - 1, 0))) + 1)


def _content_end(text: str, starts: Sequence[int], line: int) -> int:
    end = starts[line + 1] if line + 1 < len(starts) else len(text)
    return starts[line] + len(text[starts[line] : end].rstrip("\r\n"))
