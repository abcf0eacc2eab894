"""Values that go into HTML are escaped."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix, Span
from analyzers.fixes.callers import parameter_of, values
from analyzers.fixes.html_pages import MARKUP_NAME, is_answer, is_markup, is_page, page_inside
from analyzers.fixes.html_text import is_whole, places
from analyzers.fixes.imports import reach
from analyzers.fixes.parts import Hole, Template
from analyzers.fixes.places import bindings, last_name, marked, method, scope
from analyzers.fixes.template_variables import TEMPLATES, with_variables
from analyzers.fixes.templates import is_string, template
from analyzers.fixes.ways import tainted
from analyzers.fixes.wrapping import wrapped
from analyzers.fixes.writing import fix, is_placed, replaced, source

_ESCAPING = frozenset(
    ("escape", "escape_html", "clean", "urlencode", "quote", "int", "len", "float")
)
_DEPTH = 4


def escaped(code: Code, finding: Finding) -> Fix | None:
    """`html.escape` around the values that the finding speaks of."""
    if method(code, finding, *TEMPLATES) is not None:
        handed_over = with_variables(code, finding)
        if handed_over is not None:
            return handed_over
    node = marked(code, finding, ast.expr, lambda it: _has_holes(code, it) and is_page(code, it))
    strings = [node] if node is not None else _strings_of_name(code, finding)
    if not strings:
        return _alone(code, finding)
    names_on_way = tainted(code, finding)
    edits = _all_escaped(code, strings, names_on_way)
    if not edits and edits is not None and names_on_way:
        edits = _all_escaped(code, strings, frozenset())
    if edits is None:
        return None
    return fix("escape the values for HTML", *dict.fromkeys(edits)) if edits else None


def _all_escaped(
    code: Code, strings: list[ast.expr], names_on_way: frozenset[str]
) -> list[Edit] | None:
    edits: list[Edit] = []
    for one in strings:
        found = _escaped(code, one, names_on_way, _DEPTH)
        if found is None:
            return None
        edits += found
    return edits


def _has_holes(code: Code, node: ast.expr) -> bool:
    if not is_string(node):
        return False
    above = code.parent(node)
    if isinstance(above, ast.BinOp | ast.JoinedStr | ast.FormattedValue):
        return False
    made = template(code, node)
    return made is not None and bool(made.holes)


def _strings_of_name(code: Code, finding: Finding) -> list[ast.expr]:
    used = marked(code, finding, ast.Name, lambda it: bool(_assigned(code, it)))
    return _assigned(code, used) if used is not None else []


def _assigned(code: Code, used: ast.Name) -> list[ast.expr]:
    """The strings with holes that a variable is made of."""
    found: list[ast.expr] = []
    for name, given in _written_to(code, used):
        value = page_inside(given)
        made = template(code, value) if name == used.id and is_string(value) else None
        if made is not None and made.holes and is_page(code, value):
            found.append(value)
    return found


def _escaped(
    code: Code, node: ast.expr, names_on_way: frozenset[str], depth: int
) -> list[Edit] | None:
    made = template(code, node)
    if made is None:
        return None
    if _is_torn(code, node, made):
        return None
    edits: list[Edit] = []
    plain: list[Hole] = []
    for hole, where in places(made.parts):
        if isinstance(hole.value, ast.Name) and depth:
            parts = [part for part in _assigned(code, hole.value) if part is not node]
            if parts and where != "text":
                return None
            if parts:
                for part in parts:
                    found = _escaped(code, part, names_on_way, depth - 1)
                    if found is None:
                        return None
                    edits += found
                continue
        if is_markup(code, hole.value):
            continue
        if _is_dangerous(code, hole, names_on_way, node):
            if where == "unsafe" or MARKUP_NAME.search(hole.text):
                return None
            if _is_given_markup(code, hole.value):
                return None  # What its callers made of tags would be shown as text.
            plain.append(hole)
    if not plain:
        return edits
    reached = reach(code, node, "html", "escape")
    if reached is None:
        return None
    around = _wrapped(code, plain, reached.text)
    return None if around is None else [*edits, *reached.edits, *around]


def _is_given_markup(code: Code, value: ast.expr) -> bool:
    """Whether the file gives a parameter something that tags were written into."""
    return (
        isinstance(value, ast.Name)
        and parameter_of(code, value) is not None
        and any(
            isinstance(part, ast.Constant) and isinstance(part.value, str) and "<" in part.value
            for given in values(code, value)
            for part in ast.walk(given)
        )
    )


def _is_torn(code: Code, node: ast.expr, made: Template) -> bool:
    """Whether a part of the page, of which this string is one, ends in a tag or a script."""
    used = {hole.value.id for hole in made.holes if isinstance(hole.value, ast.Name)}
    own = _own_name(code, node)
    written = list(_written_to(code, node))
    if own is not None and sum(name == own for name, _ in written) > 1:
        used.add(own)
    for name, value in written:
        parts = template(code, page_inside(value)) if name in used else None
        if parts is not None and not is_whole(parts.parts):
            return True
    return False


def _written_to(code: Code, node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """The variables of the scope, each with what is assigned or added to it."""
    for one in ast.walk(scope(code, node)):
        if isinstance(one, ast.Assign | ast.AugAssign):
            target = one.targets[0] if isinstance(one, ast.Assign) else one.target
            if isinstance(target, ast.Name):
                yield target.id, one.value


def _wrapped(code: Code, plain: list[Hole], escape: str) -> list[Edit] | None:
    sums = [hole for hole in plain if hole.form == "+"]
    others = [hole for hole in plain if hole.form != "+"]
    first = wrapped(code, sums, f"{escape}({{}})")
    second = wrapped(code, others, f"{escape}(str({{}}))")
    return None if first is None or second is None else [*first, *second]


def _is_dangerous(code: Code, hole: Hole, names_on_way: frozenset[str], node: ast.expr) -> bool:
    if isinstance(hole.value, ast.Constant):
        return False
    if isinstance(hole.value, ast.Call) and last_name(hole.value.func) in _ESCAPING:
        return False
    if isinstance(hole.value, ast.Name) and _own_name(code, node) == hole.value.id:
        return False
    used = {part.id for part in ast.walk(hole.value) if isinstance(part, ast.Name)}
    return not names_on_way or bool(used & names_on_way)


def _own_name(code: Code, node: ast.expr) -> str | None:
    """`page` of `page = page + ...`, which is no value."""
    above = code.parent(node)
    if isinstance(above, ast.AugAssign):
        return above.target.id if isinstance(above.target, ast.Name) else None
    if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name):
        return above.targets[0].id
    return None


def _alone(code: Code, finding: Finding) -> Fix | None:
    """A value that is a whole answer, and no page itself."""
    node = marked(
        code,
        finding,
        ast.expr,
        lambda it: isinstance(code.parent(it), ast.Return) or is_answer(code, it),
    )
    if isinstance(node, ast.Call) and node.args and is_answer(code, node.args[0]):
        node = node.args[0]
    if node is None or not is_placed(code, node) or not _is_plain(code, finding, node):
        return None
    reached = reach(code, node, "html", "escape")
    if reached is None:
        return None
    text = f"{reached.text}(str({source(code, node)}))"
    return fix("escape the value for HTML", *reached.edits, replaced(code, node, text))


def _is_plain(code: Code, finding: Finding, node: ast.expr) -> bool:
    """Whether a value is a parameter, or comes straight from where the finding says it does."""
    if isinstance(node, ast.Name):
        assigned = bindings(code, scope(code, node), node.id)
        values = [one.value for one in assigned or () if isinstance(one, ast.Assign)]
        if assigned is None:
            function = code.function(node)
            given = ast.walk(function.args) if function is not None else ()
            return any(isinstance(arg, ast.arg) and arg.arg == node.id for arg in given)
        return len(values) == len(assigned) == 1 and _is_source(code, finding, values[0])
    return _is_source(code, finding, node)


def _is_source(code: Code, finding: Finding, node: ast.expr) -> bool:
    """Whether an expression only reads the source: `request.args["name"]`, `.get("name", "")`."""
    if not finding.steps or not isinstance(node, ast.Call | ast.Subscript | ast.Attribute):
        return False
    return code.source(node).startswith(_text(code, finding.steps[0].span))


def _text(code: Code, span: Span) -> str:
    return code.text[span.start : span.end]
