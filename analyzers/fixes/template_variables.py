"""Values go into templates as variables, and are escaped there."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes import html_text
from analyzers.fixes.parts import Hole
from analyzers.fixes.places import bindings, call, keyword, last_name, loads, method, scope
from analyzers.fixes.rewriting import Replacement, rewritten
from analyzers.fixes.sql_drivers import names
from analyzers.fixes.templates import template
from analyzers.fixes.writing import fix, set_keyword, with_keywords

TEMPLATES = ("render_template_string", "Template", "from_string")


def autoescaped(code: Code, finding: Finding) -> Fix | None:
    """`autoescape=True`."""
    node = call(
        code, finding, "jinja2.Environment", "jinja2.Template", "jinja2.environment.Environment"
    )
    node = node or method(code, finding, "Environment", "Template", "SandboxedEnvironment")
    edit = set_keyword(code, node, "autoescape", "True") if node is not None else None
    return None if edit is None else fix("escape what templates are given", edit)


def filtered(code: Code, finding: Finding) -> Fix | None:
    """`default_filters=["h"]`, which is Mako's way."""
    node = method(code, finding, "Template", "TemplateLookup")
    edit = set_keyword(code, node, "default_filters", '["h"]') if node is not None else None
    return None if edit is None else fix("escape what templates are given", edit)


def with_variables(code: Code, finding: Finding) -> Fix | None:
    """A template's values as its variables."""
    node = method(code, finding, *TEMPLATES)
    if node is None or not node.args or code.is_open(node):
        return None
    written = node.args[0]
    if isinstance(written, ast.Name):
        assigned = bindings(code, scope(code, node), written.id) or []
        values = [one.value for one in assigned if isinstance(one, ast.Assign)]
        if len(assigned) != 1 or not values:
            return None
        written = values[0]
    made = template(code, written)
    rendering = _rendering(code, node)
    if made is None or not made.holes or rendering is None:
        return None
    if any(hole.spec not in ("", "!s") for hole in made.holes):
        return None
    if any(where == "unsafe" for _, where in html_text.places(made.parts)):
        return None
    if any(html_text.is_in_template(made.parts, hole) for hole in made.holes):
        return None
    own = names([hole.text for hole in made.holes])
    if {item.arg for item in rendering.keywords} & set(own):
        return None
    at = [i for i, part in enumerate(made.parts) if isinstance(part, Hole)]
    # Jinja's own `Template` escapes nothing, unlike a framework's.
    is_bare = last_name(node.func) == "Template" and (code.name(node.func) or "")[:6] == "jinja2"
    said = "|e" if is_bare and "<" in made.constant and not keyword(node, "autoescape") else ""
    replacements = [
        Replacement(i, i + 1, f"{{{{ {name}{said} }}}}") for i, name in zip(at, own, strict=True)
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
