"""Values that go into HTML are escaped, and into templates as variables."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.imports import reach
from analyzers.fixes.places import call, last_name, loads, marked, method, scope
from analyzers.fixes.rewriting import Replacement, rewritten
from analyzers.fixes.sql_drivers import names
from analyzers.fixes.ways import tainted
from analyzers.fixes.templates import Hole, Template, is_string, template, wrapped
from analyzers.fixes.writing import fix, is_placed, replaced, set_keyword, source, with_keywords

_ESCAPING = frozenset(
    ("escape", "escape_html", "clean", "urlencode", "quote", "int", "len", "float")
)
_TEMPLATES = ("render_template_string", "Template", "from_string")
_DEPTH = 4


def escaped(code: Code, finding: Finding) -> Fix | None:
    """`html.escape` around the values that the finding speaks of."""
    if method(code, finding, *_TEMPLATES) is not None:
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


def autoescaped(code: Code, finding: Finding) -> Fix | None:
    """`autoescape=True`."""
    node = call(
        code, finding, "jinja2.Environment", "jinja2.Template", "jinja2.environment.Environment"
    )
    node = node or method(code, finding, "Environment", "Template", "SandboxedEnvironment")
    edit = set_keyword(code, node, "autoescape", "True") if node is not None else None
    return None if edit is None else fix("escape what templates are given", edit)


def with_variables(code: Code, finding: Finding) -> Fix | None:
    """A template's values as its variables."""
    node = method(code, finding, *_TEMPLATES)
    if node is None or not node.args or code.is_open(node):
        return None
    written = node.args[0]
    if isinstance(written, ast.Name):
        values = _assigned(code, written)
        if len(values) != 1:
            return None
        written = values[0]
    made = template(code, written)
    rendering = _rendering(code, node)
    if made is None or not made.holes or rendering is None:
        return None
    if any(hole.spec not in ("", "!s") for hole in made.holes):
        return None
    own = names([hole.text for hole in made.holes])
    if {item.arg for item in rendering.keywords} & set(own):
        return None
    at = [i for i, part in enumerate(made.parts) if isinstance(part, Hole)]
    replacements = [
        Replacement(i, i + 1, f"{{{{ {name} }}}}") for i, name in zip(at, own, strict=True)
    ]
    edits = rewritten(code, made, replacements, {})
    given = [f"{name}={hole.text}" for name, hole in zip(own, made.holes, strict=True)]
    added = with_keywords(code, rendering, *given)
    if edits is None or added is None:
        return None
    return fix("hand the values to the template", *edits, added)


def _rendering(code: Code, node: ast.Call) -> ast.Call | None:
    """The call that takes the template's variables."""
    if last_name(node.func) == "render_template_string":
        return node
    above = code.parent(node)
    if isinstance(above, ast.Attribute) and above.attr == "render":
        outer = code.parent(above)
        return outer if isinstance(outer, ast.Call) else None
    if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name):
        for load in loads(scope(code, node), above.targets[0].id):
            attribute = code.parent(load)
            outer = code.parent(attribute) if attribute is not None else None
            if isinstance(attribute, ast.Attribute) and attribute.attr == "render":
                return outer if isinstance(outer, ast.Call) else None
    return None


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
            if isinstance(target, ast.Name) and target.id == used.id and is_string(node.value):
                made = template(code, node.value)
                if made is not None and made.holes:
                    found.append(node.value)
    return found


def _escaped(code: Code, node: ast.expr, names_on_way: frozenset[str], depth: int) -> list[Edit] | None:
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
    around = _wrapped(code, made, plain, reached.text)
    return None if around is None else [*edits, *reached.edits, *around]


def _wrapped(code: Code, made: Template, plain: list[Hole], escape: str) -> list[Edit] | None:
    sums = [hole for hole in plain if hole.form == "+"]
    others = [hole for hole in plain if hole.form != "+"]
    first = wrapped(code, made, sums, f"{escape}({{}})")
    second = wrapped(code, made, others, f"{escape}(str({{}}))")
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
    """A value that is a whole answer."""
    node = marked(
        code,
        finding,
        ast.expr,
        lambda it: isinstance(code.parent(it), ast.Return) or _is_answer(code, it),
    )
    if node is None or not isinstance(node, ast.Name | ast.Subscript | ast.Call | ast.Attribute):
        return None
    if isinstance(node, ast.Call) and _is_answer(code, node.args[0] if node.args else node):
        node = node.args[0]
    if not is_placed(code, node):
        return None
    reached = reach(code, node, "html", "escape")
    if reached is None:
        return None
    text = f"{reached.text}(str({source(code, node)}))"
    return fix("escape the value for HTML", *reached.edits, replaced(code, node, text))


def _is_answer(code: Code, node: ast.expr) -> bool:
    above = code.parent(node)
    return (
        isinstance(above, ast.Call)
        and bool(above.args)
        and above.args[0] is node
        and last_name(above.func) in ("make_response", "Response", "HttpResponse", "HTMLResponse",
                                      "Markup", "mark_safe", "write")
    )  # fmt: skip
