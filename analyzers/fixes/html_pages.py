"""Which strings become part of a page, and which values of them are markup already."""

from __future__ import annotations

import ast
import re

from analyzers.code import Code
from analyzers.fixes.callers import values
from analyzers.fixes.places import last_name, loads, scope, statement
from analyzers.fixes.templates import is_string, template

_ANSWERS = frozenset(
    ("make_response", "Response", "HttpResponse", "HTMLResponse", "Markup", "mark_safe", "write")
)
# What takes a page, or a part of one, and makes no request, query or file name of it.
_TAKING = _ANSWERS | frozenset(
    ("SafeString", "PlainTextResponse", "StreamingResponse", "append", "extend", "insert", "join",
     "encode", "str", "bytes", "send", "send_text", "set_data", "finish", "strip", "lstrip",
     "rstrip")
)  # fmt: skip
_MAKING = frozenset(
    ("Markup", "mark_safe", "SafeString", "format_html", "format_html_join", "render",
     "render_to_string", "render_template", "render_template_string", "conditional_escape",
     "escape", "linebreaks", "urlize", "as_p", "as_table", "as_ul")
)  # fmt: skip
# Such a name says that a value is meant to be markup: escaped, its tags would be shown.
MARKUP_NAME = re.compile(r"html|markup|rendered|(?:^|_)safe(?:_|$)", re.IGNORECASE)


def is_answer(code: Code, node: ast.expr) -> bool:
    """Whether an expression is what is sent."""
    above = code.parent(node)
    return (
        isinstance(above, ast.Call)
        and bool(above.args)
        and above.args[0] is node
        and last_name(above.func) in _ANSWERS
    )


def is_page(code: Code, node: ast.expr) -> bool:
    """Whether a string goes into a page, and not, say, into an address that is asked for one."""
    made = template(code, node)
    if made is not None and "<" in made.constant:
        return True
    if not _is_sent(code, node):
        return False
    above = statement(code, node)
    if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name):
        name = above.targets[0].id
        return all(_is_sent(code, one) for one in loads(scope(code, node), name))
    return True


def _is_sent(code: Code, node: ast.expr) -> bool:
    """Whether the way of a name up to its statement leads through nothing but pages."""
    at: ast.AST = node
    above = code.parent(at)
    while above is not None and not isinstance(above, ast.stmt):
        if (
            isinstance(above, ast.Call)
            and at is not above.func
            and last_name(above.func) not in _TAKING
        ):
            return False
        at, above = above, code.parent(above)
    return True


def page_inside(node: ast.expr) -> ast.expr:
    """The string in `Markup(...)`, `make_response(...)`, `(...).encode()` and `"".join(...)`."""
    if isinstance(node, ast.Call) and last_name(node.func) == "join" and len(node.args) == 1:
        each = node.args[0]
        if isinstance(each, ast.GeneratorExp | ast.ListComp) and is_string(each.elt):
            return each.elt
    if isinstance(node, ast.Call) and not is_string(node) and last_name(node.func) in _TAKING:
        if isinstance(node.func, ast.Attribute) and is_string(node.func.value):
            return node.func.value
        if node.args and is_string(node.args[0]):
            return node.args[0]
    return node


def is_markup(code: Code, value: ast.expr) -> bool:
    """Whether a value was made to be markup, or is written down as it is."""
    if isinstance(value, ast.Name):
        return any(_is_made(one) for one in values(code, value))
    return _is_made(value)


def _is_made(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return isinstance(value.value, str) and "<" in value.value
    return isinstance(value, ast.Call) and last_name(value.func) in _MAKING
