"""How much of a script can be read: all of it, or what remains when it is closed or cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import tree_sitter

from analyzers.deadline import Deadline
from analyzers.finding import Span
from analyzers.javascript.closing import ends_of
from analyzers.javascript.grammars import Dialect, Parsed, dialect_of, query
from analyzers.javascript.script import ScriptCode
from analyzers.report import Level

_WRONG = "(ERROR) @wrong (MISSING) @wrong"
# What a text that ends before an operand, a name, a body or an arm may lack.
_WRAPPERS = (("", ""), ("async function _(){", "}"), ("class _{", "}"), ("_={", "}"))
_MISSING = ("", "_", "{}", "_:_", ":_", "=>_", " of _", ";;")

# The text that others are read like: they are mostly versions of one file. Whether a text is whole,
# and its tree if it is, do not depend on it; what is made of errors does.
_base: dict[Dialect, Parsed] = {}
# A text that differs from it in more than this share becomes the next one.
_FAR: Final = 0.1
_NEAR_BYTES: Final = 2_000


@dataclass(frozen=True, slots=True)
class ScriptReading:
    """What was read of a script.

    level: "not checkable" if the asked part could not be read; `why` says then where.
    is_open: whether the inserted part ends inside of something that only the repair closed.
    """

    code: ScriptCode
    level: Level
    why: str = ""
    is_open: bool = False
    errors: tuple[Span, ...] = ()

    def has_read(self, offset: int) -> bool:
        """Whether the tree has what stands at an offset of the text."""
        return self.level != "not checkable" and not any(
            span.start <= offset < span.end for span in self.errors
        )


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Another text that holds the asked part: `before`, then text[start:end], then `after`."""

    before: str
    start: int
    end: int
    after: str
    level: Level


def read(
    text: str, language: str, inserted: Span | None = None, deadline: Deadline | None = None
) -> ScriptReading:
    """The text, or what can be read of it that has the inserted part whole.

    deadline: after it no further repair is tried.

    Raises:
        ValueError: no grammar of ours is for the language.
    """
    dialect = dialect_of(language)
    whole = _whole(text, dialect)
    if not whole.tree.root_node.has_error:
        return ScriptReading(whole, "whole file")
    whole = ScriptCode(text, dialect)
    errors = _errors(whole)
    if inserted is not None and not any(_touches(error, inserted) for error in errors):
        return ScriptReading(whole, "repaired", errors=errors)
    like: dict[tuple[str, int], Parsed] = {}
    for attempt in _attempts(text, inserted):
        if deadline is not None and deadline.is_over:
            return ScriptReading(whole, "not checkable", deadline.why, errors=errors)
        # The attempts that begin alike differ in a few characters at their ends.
        begins = attempt.before, attempt.start
        code = ScriptCode(
            text, dialect, before=attempt.before, part=Span(attempt.start, attempt.end),
            after=attempt.after, like=like.get(begins),
        )  # fmt: skip
        like.setdefault(begins, code.parsed)
        wrong = _errors(code)
        asked = inserted or Span(0, len(text))
        if not any(_touches(error, asked) for error in wrong):
            is_open = inserted is not None and attempt.end == inserted.end and bool(attempt.after)
            return ScriptReading(code, attempt.level, is_open=is_open, errors=wrong)
    line = text.count("\n", 0, errors[0].start) + 1 if errors else 1
    return ScriptReading(whole, "not checkable", f"does not parse at line {line}", errors=errors)


def parses(text: str, language: str) -> bool:
    """Whether the text is a script just as it stands.

    Raises:
        ValueError: no grammar of ours is for the language.
    """
    return not _whole(text, dialect_of(language)).tree.root_node.has_error


def parsed(text: str, language: str) -> Parsed:
    """The tree of the text as it stands.

    Raises:
        ValueError: no grammar of ours is for the language.
    """
    return _whole(text, dialect_of(language)).parsed


def remember(text: str, language: str) -> None:
    """Reads a text and what happens in it, so that those that are like it are read faster.

    Raises:
        ValueError: no grammar of ours is for the language.
    """
    _whole(text, dialect_of(language)).loops()


def _whole(text: str, dialect: Dialect) -> ScriptCode:
    base = _base.get(dialect)
    whole = ScriptCode(text, dialect, like=base)
    if base is None or _is_better(whole.parsed, base):
        _base[dialect] = base = whole.parsed.alone()
        whole = ScriptCode(text, dialect, like=base)
    return whole


def _is_better(other: Parsed, base: Parsed) -> bool:
    """Whether the next texts are read faster like another one than like that which was read."""
    if base.tree.root_node.has_error:
        return other is not base
    if other.change is None:
        return False
    n_changed = other.change.new_end - other.change.start
    n_taken = other.change.old_end - other.change.start
    return max(n_changed, n_taken) > max(len(other.data) * _FAR, _NEAR_BYTES)


def _attempts(text: str, inserted: Span | None) -> Iterator[_Attempt]:
    end = len(text) if inserted is None else inserted.end
    yield from _closed(text, 0, end, "repaired")
    if inserted is not None:
        start = text.rfind("\n", 0, inserted.start) + 1
        yield from _closed(text, start, end, "fragment")
        if start != inserted.start:
            yield from _closed(text, inserted.start, end, "fragment")


def _closed(text: str, start: int, end: int, level: Level) -> Iterator[_Attempt]:
    ends = ends_of(text[start:end])
    before = _openers(ends.unopened, text[start:end])
    # A method's parameters want a body behind them, a condition any statement.
    closers = dict.fromkeys((ends.closers, ends.closers.replace(");", "){}")))
    for opening, closing in _WRAPPERS:
        for closer in closers:
            for missing in _MISSING if not opening else _MISSING[:2]:
                after = missing + closer + closing
                yield _Attempt(opening + before, start, end, after, level)


def _openers(unopened: str, text: str) -> str:
    """What a text that begins in the middle lacks: the beginnings of the blocks that it closes."""
    if re.match(r"\s*\}?\s*(?:else|catch|finally)\b", text):
        first = "if(_){" if "else" in text.lstrip("} \t\r\n")[:4] else "try{"
        block = re.match(r"\s*\}", text) is not None
        rest = unopened[1:] if block else unopened
        return _openers(rest, "") + (first if block else first + "}")
    before = ""
    for match in re.finditer(r"\}\)|.", unopened):
        opener = {"})": "_(async function(){", "}": "async function _(){", ")": "_(", "]": "["}
        before = opener[match[0]] + before
    return before


def _errors(code: ScriptCode) -> tuple[Span, ...]:
    root = code.tree.root_node
    if not root.has_error:
        return ()
    captures = tree_sitter.QueryCursor(query(code.dialect, _WRONG)).captures(root)
    return tuple(sorted(code.span(node) for node in captures.get("wrong", ())))


def _touches(error: Span, asked: Span) -> bool:
    return error.start <= asked.end and asked.start <= error.end
