"""Gives an insertion the fixes that hold."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analyzers.code import Code
from analyzers.finding import Action, Edit, Finding, Fix, Span
from analyzers.fixes.halving import holding_among
from analyzers.fixes.places import block, statement
from analyzers.fixes.writing import applied, indentation, newline

ROUNDS = 6
TO_BE_MENDED: frozenset[Action] = frozenset({"fix", "block"})
_IMPORT = re.compile(r"\s*(?:import|from) [\w., ]+?(?: import [\w, ]+)?(?:\r?\n)+")
_ADDED_NAME = re.compile(r", (\w+)")
_COMMAS = re.compile(r"[\s,]*")

# From a text and the insertion's place to the findings that concern it, each with its fix and its
# action, or to None where the text cannot be read.
Scan = Callable[[str, Span], Sequence[Finding] | None]
# From a text to its tree, as the rules see it; None where it does not parse.
Read = Callable[[str], ast.Module | None]


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of a text.

    text: the whole of it, with the fixes.
    placed: where the insertion stands in it now.
    findings: what is left, in `text`.
    fixes: the titles of what was applied.
    """

    text: str
    placed: Span
    findings: tuple[Finding, ...]
    fixes: tuple[str, ...] = ()

    @property
    def insertion(self) -> str:
        """The insertion's text."""
        return self.text[self.placed.start : self.placed.end]


def mended(
    text: str,
    placed: Span,
    findings: Sequence[Finding],
    scan: Scan,
    *,
    read: Read | None = None,
    actions: frozenset[Action] = TO_BE_MENDED,
) -> Mended:
    """The insertion at `placed`, with every fix of `findings` that holds.

    A fix holds when the text that has it can be read, parses if it did without, has its finding no
    more, and has no more findings of any rule than before. Nothing outside of `placed` is changed:
    an import that a fix needs goes into the insertion, above the outermost of its statements that
    needs it, or the fix is left. To mend a file, pass the span of the whole text.

    Args:
        text: What was checked, the insertion in it.
        placed: Where the insertion stands.
        findings: Those of the insertion, in `text`, with their fixes and actions.
        scan: Finds those of a changed text.
        read: Parses; default `ast.parse`. Says None to every text that is no Python.
        actions: Findings of which actions are to be mended.
    """
    state = Mended(text, placed, tuple(findings))
    read = read or _parsed
    refused: set[tuple[str, str]] = set()
    for _ in range(ROUNDS):
        wanted = [
            (finding, fix)
            for finding in state.findings
            if finding.action in actions
            and _print(state, finding) not in refused
            and (fix := _within(state.text, state.placed, finding.fix, read))
        ]
        chosen = _compatible(wanted)
        if not chosen:
            break
        has_parsed = read(state.text) is not None

        def after_these(
            some: list[tuple[Finding, Fix]], at: Mended = state, must_parse: bool = has_parsed
        ) -> Mended | None:
            after = _after(at, some, scan)
            breaks = must_parse and after is not None and read(after.text) is None
            return None if breaks else after

        after = after_these(chosen)
        if after is None:
            holding = holding_among(chosen, lambda some: after_these(some) is not None)
            refused |= {_print(state, one[0]) for one in chosen if one not in holding}
            after = after_these(holding) or after_these(holding[:1])
        state = after or state
    return state


def _print(state: Mended, finding: Finding) -> tuple[str, str]:
    """What makes a finding the same one in another text."""
    return finding.rule, state.text[finding.span.start : finding.span.end]


def _after(state: Mended, chosen: list[tuple[Finding, Fix]], scan: Scan) -> Mended | None:
    """The text with the fixes, None where there are none or they do not hold."""
    if not chosen:
        return None
    edits = tuple(
        sorted(
            {edit for _, fix in chosen for edit in fix.edits},
            key=lambda edit: (edit.span.start, edit.span.end, edit.text),
        )
    )
    text = applied(state.text, edits)
    placed = Span(state.placed.start, state.placed.end + len(text) - len(state.text))
    found = scan(text, placed)
    if found is None:
        return None
    allowed = Counter(finding.rule for finding in state.findings)
    allowed.subtract(finding.rule for finding, _ in chosen)
    counted = Counter(finding.rule for finding in found)
    if any(counted[rule] > allowed[rule] for rule in counted):
        return None
    titles = tuple(dict.fromkeys(fix.title for _, fix in chosen))
    return Mended(text, placed, tuple(found), (*state.fixes, *titles))


def _compatible(wanted: list[tuple[Finding, Fix]]) -> list[tuple[Finding, Fix]]:
    """As many fixes as do not get into each other's way; equal edits are made once."""
    chosen: list[tuple[Finding, Fix]] = []
    taken: set[Edit] = set()
    for finding, fix in wanted:
        others = [edit for edit in fix.edits if edit not in taken]
        if all(not _clash(edit, other) for edit in others for other in taken):
            chosen.append((finding, fix))
            taken.update(others)
    return chosen


def _clash(one: Edit, other: Edit) -> bool:
    if one.span == other.span and one.span.start == one.span.end:
        return not (_IMPORT.fullmatch(one.text) and _IMPORT.fullmatch(other.text))
    return one.span.start < other.span.end and other.span.start < one.span.end


def _within(text: str, placed: Span, fix: Fix | None, read: Read) -> Fix | None:
    """The fix with all of its edits inside the insertion, None where it has others."""
    if fix is None:
        return None
    edits = [_clipped(text, edit, placed) for edit in fix.edits]
    inside = [edit for edit in edits if _contains(placed, edit.span)]
    outside = [edit for edit in edits if not _contains(placed, edit.span)]
    if not outside:
        return Fix(fix.title, tuple(edits))
    tree = read(text) if inside else None
    if tree is None:
        return None
    code = Code(text, tree)
    lines = [_import_line(code, edit) for edit in outside]
    place = _place_of_import(code, placed, inside)
    if place is None or not all(lines):
        return None
    at, margin = place
    ending = newline(text)
    moved = [Edit(Span(at, at), f"{line}{ending}{margin}") for line in lines]
    return Fix(fix.title, tuple(sorted([*moved, *inside], key=lambda edit: edit.span)))


def _clipped(text: str, edit: Edit, placed: Span) -> Edit:
    """Of a deletion the part in the insertion, where only commas and white space stand outside."""
    if edit.text or not edit.span.overlaps(placed):
        return edit
    span = Span(max(edit.span.start, placed.start), min(edit.span.end, placed.end))
    outside = text[edit.span.start : span.start] + text[span.end : edit.span.end]
    return Edit(span, "") if _COMMAS.fullmatch(outside) else edit


def _contains(placed: Span, span: Span) -> bool:
    return placed.start <= span.start and span.end <= placed.end


def _import_line(code: Code, edit: Edit) -> str | None:
    """The import that an edit outside of the insertion adds, as a line of its own."""
    if edit.span.start != edit.span.end:
        return None
    if _IMPORT.fullmatch(edit.text):
        return edit.text.strip()
    added = _ADDED_NAME.fullmatch(edit.text)
    for node in code.tree.body if added else ():
        if isinstance(node, ast.ImportFrom) and code.span(node.names[-1]).end == edit.span.start:
            return f"from {'.' * node.level}{node.module or ''} import {added and added[1]}"
    return None


def _place_of_import(code: Code, placed: Span, inside: list[Edit]) -> tuple[int, str] | None:
    """Where in the insertion an import runs before all of these edits and is seen by them."""
    first = min(edit.span.start for edit in inside)
    last = max(edit.span.end for edit in inside)
    around = [
        node
        for node in ast.walk(code.tree)
        if isinstance(node, ast.stmt)
        and placed.start <= code.span(node).start <= first
        and first <= code.span(node).end
    ]
    around.sort(key=lambda node: code.span(node))
    for node in around:
        if isinstance(code.parent(node), ast.ClassDef):
            continue
        ends = code.span(block(code, node)[-1]).end
        margin = indentation(code, node)
        if margin is None or ends < last or statement(code, node) is not node:
            continue
        start = code.span(node).start
        decorators = getattr(node, "decorator_list", [])
        start = min([start, *(code.span(item).start - 1 for item in decorators)])
        if start >= placed.start:
            return start, margin
    return None


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
