"""One text looked at whole: read at some level, then asked by every rule and engine.

This is the definition of what a text holds; `analyzers.incremental` is the fast way to the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from analyzers.deadline import Deadline
from analyzers.duplicates import distinct
from analyzers.finding import Finding, Span
from analyzers.fixes.offers import with_fixes
from analyzers.holes import Hole
from analyzers.javascript.holes import filled
from analyzers.javascript.reading import parses as parses_as_script
from analyzers.javascript.reading import read as read_script
from analyzers.languages import kind_of, says_nothing
from analyzers.levels import own_lines, read
from analyzers.project import Project
from analyzers.reading.parsing import Problem
from analyzers.registry import rules_for
from analyzers.report import Level
from analyzers.scanner import Found, find_in_code, find_in_script, find_in_text
from analyzers.text_lines import readable

# More than any file that people write; what is larger would hold up the rest.
MAX_CODE_CHARS = 1_000_000
MAX_TEXT_CHARS = 4_000_000


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen in one text.

    findings: in the order of the text. There may be some even in what is "not checkable": secrets
        need no tree.
    why: for "not checkable" and "text only", what stood in the way.
    has_read: whether what stands at an offset was read by all that there is for its language.
    is_open: whether the inserted part ends in what only a repair closed; nothing can run it then.
    is_repaired: whether it was not read just as it stands.
    is_without_remote: whether data was followed through it, and none came from the network.
    n_without_fix: for how many findings no fix was looked for, since there are so many.
    is_plain: whether a name or attribute that ends at an offset of the inserted text is not from
        the network; None where none was read.
    """

    findings: tuple[Finding, ...]
    level: Level
    why: str = ""
    problems: tuple[str, ...] = ()
    has_read: Callable[[int], bool] = lambda _: True
    is_open: bool = False
    is_repaired: bool = False
    is_without_remote: bool = False
    is_plain: Callable[[int], bool | None] = lambda _: None
    n_without_fix: int = 0


def look(
    text: str,
    inserted: Span | None,
    language: str,
    project: Project,
    deadline: Deadline,
    only: frozenset[str] | None = None,
    *,
    must_run: bool = False,
    hole: Hole | None = None,
) -> Looked:
    """What is in a text, of which the part `inserted` must be read whole. Never raises.

    only: the rules to ask about a script, those for any text among them; None for all.
    must_run: a script that can only be read with repairs need not be looked into.
    hole: where something is still to be typed, if what stands there is not to count.
    """
    if len(text) > MAX_TEXT_CHARS:
        return _unread(f"{len(text)} characters are more than {MAX_TEXT_CHARS}")
    text = readable(text)
    kind = kind_of(language)
    if kind == "script" and hole is not None:
        before = _before_in_script(text, language, project, deadline, hole)
        if before is not None:
            return before
    if kind == "script" and must_run and not parses_as_script(text, language):
        # Where a rule for text blocks something, it does so whatever the tree is.
        return Looked(_in_text(text, deadline, only).findings, "repaired", is_repaired=True)
    in_text = _in_text(text, deadline, only if kind == "script" else None)
    if kind == "python":
        return _python(text, inserted, project, deadline, in_text, hole)
    if kind == "script":
        return _script(text, inserted, language, deadline, in_text, only)
    own = inserted and own_lines(text, inserted)
    asked = text if own is None else text[own.start : own.end]
    if kind == "prose" or not asked.strip():
        return _seen(in_text, in_text.findings, "whole file")
    if says_nothing(asked, language):
        return _seen(in_text, in_text.findings, "fragment")
    why = f"no analyzer for {language or 'text of no language'}: only secrets and invisible "
    return _seen(in_text, in_text.findings, "text only", why + "characters were looked for")


def too_large(text: str, deadline: Deadline) -> str:
    """Why a text is not begun with."""
    most, time = deadline.most_chars, f"{deadline.budget_s:g} s"
    return f"{len(text)} characters are more than the {most} that can be read within {time}"


def _in_text(text: str, deadline: Deadline, only: frozenset[str] | None) -> Found:
    if only is not None and only.isdisjoint(each.rule.name for each in rules_for("any")):
        return Found()
    return find_in_text(text, deadline)


def _python(
    text: str,
    inserted: Span | None,
    project: Project,
    deadline: Deadline,
    in_text: Found,
    hole: Hole | None,
) -> Looked:
    if len(text) > MAX_CODE_CHARS:
        why = f"{len(text)} characters of Python are more than {MAX_CODE_CHARS}"
        return _unread(why, in_text)
    if len(text) > deadline.most_chars:
        return _unread(too_large(text, deadline), in_text)
    reading = read(text, inserted, project, hole=hole, deadline=deadline)
    if isinstance(reading, Problem):
        return _unread(f"does not parse: {reading}", in_text)
    in_code = find_in_code(reading.code, deadline)
    offered = with_fixes(reading.code, in_code.findings, deadline)
    placed = offered.findings
    if reading.code.text is not text:
        placed = tuple(map(reading.pieces.finding_there, placed))
    both = Found((), (*in_text.problems, *in_code.problems))
    findings = distinct((*placed, *in_text.findings))
    seen = _seen(both, findings, reading.level, has_read=reading.has_read)
    return replace(
        seen,
        is_open=reading.is_open,
        is_repaired=reading.level != "whole file",
        n_without_fix=offered.n_left,
    )


def _script(
    text: str,
    inserted: Span | None,
    language: str,
    deadline: Deadline,
    in_text: Found,
    only: frozenset[str] | None,
) -> Looked:
    if len(text) > MAX_CODE_CHARS:
        return _unread(f"{len(text)} characters of script are more than {MAX_CODE_CHARS}", in_text)
    if len(text) > deadline.most_chars:
        return _unread(too_large(text, deadline), in_text)
    reading = read_script(text, language, inserted, deadline)
    in_code = find_in_script(reading.code, deadline, only)
    problems = (*in_text.problems, *in_code.problems)
    offered = with_fixes(reading.code, in_code.findings, deadline)
    findings = distinct((*offered.findings, *in_text.findings))
    if reading.level == "not checkable":
        return _unread(reading.why, Found(findings, problems))
    seen = _seen(Found((), problems), findings, reading.level, has_read=reading.has_read)
    return replace(
        seen,
        is_open=reading.is_open,
        is_repaired=reading.level != "whole file",
        n_without_fix=offered.n_left,
    )


def _before_in_script(
    text: str, language: str, project: Project, deadline: Deadline, hole: Hole
) -> Looked | None:
    """As `look`, with something harmless where an operand is missing; None if none is."""
    fill = filled(text, hole)
    if fill is None:
        return None
    looked = look(fill.applied(text), fill.placed, language, project, deadline)
    if looked.level == "not checkable":
        return None
    start, end = fill.span.start, fill.span.end
    moved = len(fill.text) - (end - start)

    def back(span: Span) -> Span:
        def there(offset: int) -> int:
            return offset if offset <= start else max(offset - moved, end)

        return Span(there(span.start), there(span.end))

    return replace(
        looked,
        findings=tuple(
            replace(
                finding,
                span=back(finding.span),
                steps=tuple(replace(step, span=back(step.span)) for step in finding.steps),
                fix=None,
            )
            for finding in looked.findings
        ),
        has_read=lambda offset: looked.has_read(offset if offset < end else offset + moved),
    )


def _seen(
    found: Found,
    findings: tuple[Finding, ...],
    level: Level,
    why: str = "",
    has_read: Callable[[int], bool] = lambda _: True,
) -> Looked:
    if found.problems:
        return Looked(findings, "not checkable", "; ".join(found.problems), found.problems)
    return Looked(findings, level, why, has_read=has_read)


def _unread(why: str, found: Found | None = None) -> Looked:
    found = found or Found()
    return Looked(found.findings, "not checkable", why, found.problems, lambda _: False)
