"""Values that go into HTML are escaped."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix, Span
from analyzers.fixes.imports import reach
from analyzers.fixes.parts import Hole
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
        return with_variables(code, finding)
    node = marked(code, finding, ast.expr, lambda it: is_string(it) and _has_holes(code, it))
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
    for node in ast.walk(scope(code, used)):
        if isinstance(node, ast.Assign | ast.AugAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id == used.id:
                value = _inside(node.value)
                made = template(code, value) if is_string(value) else None
                if made is not None and made.holes:
                    found.append(value)
    return found


def _inside(node: ast.expr) -> ast.expr:
    """The string in `Markup(...)`, `make_response(...)` and `(...).encode()`."""
    if isinstance(node, ast.Call) and not is_string(node):
        if isinstance(node.func, ast.Attribute) and is_string(node.func.value):
            return node.func.value
        if node.args and is_string(node.args[0]):
            return node.args[0]
    return node


def _escaped(
    code: Code, node: ast.expr, names_on_way: frozenset[str], depth: int
) -> list[Edit] | None:
    made = template(code, node)
    if made is None:
        return None
    edits: list[Edit] = []
    plain: list[Hole] = []
    for hole in made.holes:
        if isinstance(hole.value, ast.Name) and depth:
            parts = [part for part in _assigned(code, hole.value) if part is not node]
            if parts:
                for part in parts:
                    found = _escaped(code, part, names_on_way, depth - 1)
                    if found is None:
                        return None
                    edits += found
                continue
        if _is_dangerous(code, hole, names_on_way, node):
            plain.append(hole)
    if not plain:
        return edits
    reached = reach(code, node, "html", "escape")
    if reached is None:
        return None
    around = _wrapped(code, plain, reached.text)
    return None if around is None else [*edits, *reached.edits, *around]


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
    if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name):
        return above.targets[0].id
    return None


def _alone(code: Code, finding: Finding) -> Fix | None:
    """A value that is a whole answer, and no page itself."""
    node = marked(
        code,
        finding,
        ast.expr,
        lambda it: isinstance(code.parent(it), ast.Return) or _is_answer(code, it),
    )
    if isinstance(node, ast.Call) and node.args and _is_answer(code, node.args[0]):
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


def _is_answer(code: Code, node: ast.expr) -> bool:
    above = code.parent(node)
    return (
        isinstance(above, ast.Call)
        and bool(above.args)
        and above.args[0] is node
        and last_name(above.func) in ("make_response", "Response", "HttpResponse", "HTMLResponse",
                                      "Markup", "mark_safe", "write")
    )  # fmt: skip
