"""Text that is called safe without being it

## What it does
Reports `mark_safe`, `SafeString` and `Markup` on text that is put together from values, by an
f-string, `%`, `format` or `+`, unless every value is escaped there or comes from `format_html`.
Constant text is safe.

## Why is this bad?
These words switch escaping off for what they are given, values included.

## Example
```python
return mark_safe(f"<b>{user.name}</b>")
```

## Use instead
```python
return format_html("<b>{}</b>", user.name)
```

## References
- CWE-79: Cross-site Scripting
- Django documentation: format_html; MarkupSafe documentation: Markup.format
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import html_output
from analyzers.patterns.calls import named
from analyzers.patterns.constants import UNKNOWN, bound_to, value_of
from analyzers.rule import Rule

RULE = Rule(
    "mark-safe",
    cwe=79,
    severity="medium",
    confidence="medium",
    words=("mark_safe", "safestring", "safetext", "markup"),
)
fix = html_output.escaped
_NAMES = (
    "django.utils.safestring.mark_safe", "mark_safe", "django.utils.safestring.SafeString",
    "django.utils.safestring.SafeText", "SafeString", "markupsafe.Markup", "flask.Markup",
    "jinja2.Markup", "Markup",
)  # fmt: skip
_ESCAPING = (
    "escape", "conditional_escape", "format_html", "clean", "sanitize", "quote", "dumps",
    "linebreaks", "urlize", "linkify", "render", "render_to_string", "markdown", "int",
    "float", "len",
)  # fmt: skip
# Methods of texts that add nothing but what they are given.
_KEEPING = (
    "format", "join", "replace", "strip", "lstrip", "rstrip", "upper", "lower", "title",
    "capitalize", "removeprefix", "removesuffix",
)  # fmt: skip


def find(code: Code) -> Iterator[Finding]:
    """Calls on text that has values in it."""
    for call in named(code, *_NAMES):
        # What is open may still be escaped.
        if call.args and not code.is_open(call) and not _is_safe(code, call.args[0], 0):
            message = "values in this text are not escaped; use format_html or Markup.format"
            built = not isinstance(call.args[0], ast.Name | ast.Attribute | ast.Subscript)
            yield code.finding(RULE, call, message, confidence="medium" if built else "low")


def _is_safe(code: Code, node: ast.expr, depth: int) -> bool:
    if value_of(code, node) is not UNKNOWN:
        return True
    if depth > 5:
        return False
    if isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        return all(_is_safe(code, part, depth + 1) for part in parts)
    if isinstance(node, ast.BinOp):
        sides = (
            node.left,
            *(node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]),
        )
        return all(_is_safe(code, side, depth + 1) for side in sides)
    if isinstance(node, ast.Call):
        name = (
            node.func.attr if isinstance(node.func, ast.Attribute) else code.name(node.func) or ""
        )
        # map(escape, parts) is as good as its function.
        if name == "map" and node.args:
            name = code.name(node.args[0]) or ""
        if name.rpartition(".")[2] in _ESCAPING:
            return True
        if name == "str" and len(node.args) == 1:
            return _is_safe(code, node.args[0], depth + 1)
        if name == "get" and isinstance(node.func, ast.Attribute):
            fallback = all(_is_safe(code, each, depth + 1) for each in node.args[1:])
            return fallback and _is_table(code, node.func.value, depth)
        if name in _KEEPING and isinstance(node.func, ast.Attribute):
            given = [*node.args, *(each.value for each in node.keywords)]
            return all(_is_safe(code, each, depth + 1) for each in (node.func.value, *given))
        return code.name(node.func) in _NAMES
    if isinstance(node, ast.Subscript):
        return _is_table(code, node.value, depth)
    if isinstance(node, ast.BoolOp):
        return all(_is_safe(code, each, depth + 1) for each in node.values)
    if isinstance(node, ast.Name):
        bound = bound_to(code, node) or _unpacked(code, node)
        return bool(bound) and all(_is_safe(code, each, depth + 1) for each in bound or ())
    if isinstance(node, ast.GeneratorExp | ast.ListComp):
        return _is_safe(code, node.elt, depth + 1)
    if isinstance(node, ast.IfExp):
        return _is_safe(code, node.body, depth + 1) and _is_safe(code, node.orelse, depth + 1)
    return False


def _is_table(code: Code, node: ast.expr, depth: int) -> bool:
    """Whether all that can be looked up there is safe."""
    bound = bound_to(code, node) if isinstance(node, ast.Name) else [node]
    return bool(bound) and all(
        isinstance(table, ast.Dict | ast.List | ast.Tuple)
        and all(
            _is_safe(code, each, depth + 1)
            for each in (table.values if isinstance(table, ast.Dict) else table.elts)
        )
        for table in bound or ()
    )


def _unpacked(code: Code, name: ast.Name) -> list[ast.expr]:
    """What a name is given by `a, b = c, d`, if that is all it is ever given."""
    found: list[ast.expr] = []
    for node in ast.walk(code.function(name) or code.tree):
        if isinstance(node, ast.Name) and node.id == name.id and isinstance(node.ctx, ast.Store):
            pair, assign = code.parent(node), code.parent(code.parent(node) or node)
            if (
                not isinstance(pair, ast.Tuple)
                or not isinstance(assign, ast.Assign)
                or not isinstance(assign.value, ast.Tuple)
                or len(assign.value.elts) != len(pair.elts)
            ):
                return []
            found.append(assign.value.elts[pair.elts.index(node)])
        elif isinstance(node, ast.arg) and node.arg == name.id:
            return []
    return found
