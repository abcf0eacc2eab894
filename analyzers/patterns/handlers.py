"""Functions that answer requests, by how they are written."""

from __future__ import annotations

import ast
import re

from analyzers.code import Code
from analyzers.flow.request import route_paths
from analyzers.flow.sources import REQUEST_NAMES, REQUEST_TYPES
from analyzers.unparsed import unparsed

_HANDLER = re.compile(r"do_[A-Z]+$")


def answers_requests(code: Code, node: ast.AST) -> bool:
    """Whether a node is in a function that a request calls: a route, a view, `do_GET`."""
    function = code.function(node)
    if function is None or function.name.startswith("test"):
        return False
    given = [*function.args.posonlyargs, *function.args.args]
    return (
        bool(route_paths(function))
        or _HANDLER.match(function.name) is not None
        or any(one.arg in REQUEST_NAMES or _is_request(one.annotation) for one in given)
    )


def _is_request(annotation: ast.expr | None) -> bool:
    return annotation is not None and REQUEST_TYPES.search(unparsed(annotation)) is not None
