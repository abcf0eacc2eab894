"""The names that carry the data of a finding from its source to its sink."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes.places import nodes_on_lines, scope

_REQUESTS = {"request", "req"}


def tainted(code: Code, finding: Finding) -> frozenset[str]:
    """The variables that get the data, directly or through one another.

    Empty where the finding shows no way. Flow analysis knows better; this only chooses, of several
    values in one text, those that have to do with the finding. What else comes from the same
    request has.
    """
    sources = [step.span for step in finding.steps[:-1]]
    given = list(_given(code, finding))
    said = (code.text[span.start : span.end].partition(".")[0] for span in sources)
    found = _REQUESTS.intersection(said)
    for targets, value in given:
        placed = [n for n in ast.walk(value) if hasattr(n, "lineno")]
        if any(code.span(node).overlaps(span) for node in placed for span in sources):
            found |= targets
    while True:
        more = {
            name
            for targets, value in given
            if {n.id for n in ast.walk(value) if isinstance(n, ast.Name)} & found
            for name in targets
        }
        if more <= found:
            return frozenset(found)
        found |= more


def _given(code: Code, finding: Finding) -> Iterator[tuple[set[str], ast.expr]]:
    """Each set of names with what it gets, in the functions that the finding touches."""
    spans = [finding.span, *(step.span for step in finding.steps)]
    scopes = {
        scope(code, node)
        for span in spans
        for node in nodes_on_lines(code, span)
        if isinstance(node, ast.expr)
    }
    for within in scopes:
        for node in ast.walk(within):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    yield _names(target), node.value
            elif isinstance(node, ast.AugAssign | ast.AnnAssign) and node.value is not None:
                yield _names(node.target), node.value
            elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
                yield _names(node.target), node.iter
            elif isinstance(node, ast.withitem) and node.optional_vars is not None:
                yield _names(node.optional_vars), node.context_expr
            elif isinstance(node, ast.NamedExpr):
                yield _names(node.target), node.value


def _names(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
