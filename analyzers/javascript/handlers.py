"""Which functions answer requests of a web framework, whatever their parameters are called."""

from __future__ import annotations

import re
from typing import Final

from tree_sitter import Node

from analyzers.javascript.bindings import Binding
from analyzers.javascript.script import Call, ScriptCode

# A route begins with a slash, which keys of other things rarely do.
_METHODS: Final = ("get", "post", "put", "patch", "delete", "all", "use")
_ROUTE: Final = re.compile(r"[\"'`]/")
_TYPES: Final = re.compile(
    r":\s*(?:\w+\.)?(?:Request|NextApiRequest|NextRequest|FastifyRequest|IncomingMessage"
    r"|VercelRequest|AuthRequest|AuthenticatedRequest)\b"
)
# What the text of a script has that has one.
MAY_HANDLE: Final = re.compile(
    rb"\.\s*(?:get|post|put|patch|delete|all|use|route)[\w.]*\s*\(\s*[\"'`]/|:\s*[\w.]*Request"
    rb"|:\s*IncomingMessage"
)


def is_request(code: ScriptCode, parameter: Binding) -> bool:
    """Whether a parameter is given the request, by its type or by where its function is used.

    `app.get("/", (r, s) => ...)`, `router.route("/").post(handler)`, `(r: Request)`.
    """
    pattern = parameter.pattern
    listed = None if pattern is None else pattern.parent
    if pattern is None or listed is None or listed.type != "formal_parameters":
        return False
    typed = pattern.child_by_field_name("type")
    if typed is not None:
        return _TYPES.match(code.source(typed)) is not None
    parameters = [child for child in listed.named_children if child.type != "comment"]
    # An error comes before the request, where there is one.
    at = {2: 0, 3: 0, 4: 1}.get(len(parameters))
    if at is None or parameters[at].id != pattern.id or listed.parent is None:
        return False
    return _is_registered(code, listed.parent)


def _is_registered(code: ScriptCode, function: Node) -> bool:
    above = function.parent
    if above is not None and above.type == "arguments" and above.parent is not None:
        callee = above.parent.child_by_field_name("function")
        name = None if callee is None else callee.child_by_field_name("property")
        if callee is None or name is None or code.source(name) not in _METHODS:
            return False
        arguments = tuple(above.named_children)
        return _is_route(code, Call(above.parent, code.source(name), callee, arguments))
    named = function.child_by_field_name("name")
    if above is not None and above.type == "variable_declarator":
        named = above.child_by_field_name("name")
    if named is None or named.type != "identifier":
        return False
    name_is = code.source(named)
    return any(
        any(each.type == "identifier" and code.source(each) == name_is for each in call.arguments)
        and _is_route(code, call)
        for call in code.calls(*_METHODS)
    )


def _is_route(code: ScriptCode, call: Call) -> bool:
    if call.arguments and _ROUTE.match(code.source(call.arguments[0])):
        return len(call.arguments) > 1
    # `app.route("/x").get(handler)`, with more such calls between them perhaps.
    receiver = call.callee.child_by_field_name("object")
    for _ in range(8):
        if receiver is None or receiver.type != "call_expression":
            return False
        callee = receiver.child_by_field_name("function")
        name = None if callee is None else callee.child_by_field_name("property")
        listed = receiver.child_by_field_name("arguments")
        if name is not None and code.source(name) == "route" and listed is not None:
            return bool(listed.named_children) and bool(
                _ROUTE.match(code.source(listed.named_children[0]))
            )
        receiver = None if callee is None else callee.child_by_field_name("object")
    return False
