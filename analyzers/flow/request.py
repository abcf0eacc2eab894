"""Requests: what of them their sender decides over."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from analyzers.flow import library, patterns, sources
from analyzers.flow.definitions import Function
from analyzers.flow.origin import PART, THROUGH, Level, Taint
from analyzers.flow.value import CLEAN, Value
from analyzers.unparsed import unparsed

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter

_MAX_PATH = 3
# `Annotated[int, Path(ge=1)]` is an `int`.
_ANNOTATED = re.compile(r"^(?:typing\.)?Annotated\[([\w. |]+),.*\]$", re.DOTALL)
_UNSEEN = frozenset({PART, THROUGH})
_OWN = frozenset({"redirect"})
_FILES = frozenset({"request.files", "request.FILES"})
_UPLOADED = re.compile(r"\bUploadFile\b(?!\])")
_PATH_ATTRIBUTES = frozenset(
    {"path", "path_info", "full_path", "url", "base_url", "uri", "get_full_path",
     "build_absolute_uri", "path_qs", "raw_path"}
)  # fmt: skip


# A parameter that is called like a request, in a file that imports no framework.
PERHAPS: Final = "perhaps a request"
# Of what is of these kinds an attribute may come from the network though it does not itself.
KINDS: Final = frozenset({"request", PERHAPS, "session"})


def request(run: Interpreter, node: ast.AST) -> Value:
    """The request itself; what becomes of it where it is handed on whole is not seen."""
    taints = run.taints(node, Level.REMOTE, "a request")
    return Value(frozenset(t.with_cleared(_UNSEEN) for t in taints), kind="request")


def sent(run: Interpreter, node: ast.AST, note: str, path: tuple[str, ...] = ()) -> Value:
    """What somebody sent; in a file that serves nothing, only its name says so.

    The same words in one function are the same data: what is asked twice is checked once.
    """
    if path or note.startswith("request."):
        node = run.first_places.setdefault((run.frame.function, note), node)
    value = Value(run.taints(node, Level.REMOTE, note, path))
    if run.serves_network or any(f.function and serves_requests(f.function) for f in run.frames):
        return value
    return value.cleared(frozenset({THROUGH}))


def attribute(run: Interpreter, node: ast.Attribute, owner: Value) -> Value:
    """An attribute of a request."""
    if node.attr == "session":
        return Value(run.unknown(node).taints, kind="session")
    if node.attr == "path" and (known := _path(run)) is not None:
        return known
    if node.attr in sources.REQUEST_DATA:
        value = sent(run, node, f"request.{node.attr}")
        if node.attr in library.OF_UPLOADS:
            return replace(value, kind=library.UPLOAD)
        # The program's own address leads back to it.
        return value.cleared(_OWN) if node.attr in _PATH_ATTRIBUTES else value
    return run.unknown(node)


def _path(run: Interpreter) -> Value | None:
    """The path of a request whose route has no variables is what the program says it is."""
    for frame in reversed(run.frames):
        if frame.function is None or isinstance(frame.function.node, ast.Lambda):
            continue
        paths = list(route_paths(frame.function.node))
        if paths:
            return None if any(re.search(r"[<{*]", path) for path in paths) else CLEAN
    return None


def route_paths(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The paths that a function's decorators make it serve."""
    paths = []
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
            continue
        if decorator.func.attr in sources.ROUTES and decorator.args:
            first = decorator.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                if first.value == "" or first.value.startswith("/"):
                    paths.append(first.value)
            elif decorator.func.attr == "route":
                paths.append("<not constant>")
    return paths


def serves_requests(function: Function) -> bool:
    """Whether a function is called with what a request holds."""
    if isinstance(function.node, ast.Lambda):
        return False
    return bool(route_paths(function.node)) or any(
        name.rpartition(".")[2] in sources.ROUTES_WITHOUT_PATH
        or name in sources.ROUTES_WITHOUT_PATH
        for name in function.decorators
    )


def _is_of_view(function: Function) -> bool:
    return function.owner is not None and any(
        sources.VIEWS.search(base) for base in function.owner.bases
    )


def is_view(function: Function) -> bool:
    """Whether it is a method that answers requests in a class for that: `View.get`."""
    return (
        function.owner is not None
        and function.name in sources.VIEW_METHODS
        and any(sources.VIEWS.search(base) for base in function.owner.bases)
    )


def parameter(run: Interpreter, function: Function, argument: ast.arg) -> Value:
    """What a parameter of a function that nobody in the file calls can be."""
    kind = "" if argument.annotation is None else unparsed(argument.annotation)
    if _is_message(function, argument):
        return Value(run.taints(argument, Level.REMOTE, "a call's message"))
    if argument.arg == sources.WSGI[0] and _takes(function, sources.WSGI):
        return Value(run.taints(argument, Level.REMOTE, "the request's environ"))
    if argument.arg in sources.REQUEST_NAMES or sources.REQUEST_TYPES.search(kind):
        if run.has_framework or serves_requests(function) or _is_of_view(function):
            return request(run, argument)
        # Clients and queues have requests too; only what is asked of it may tell.
        return replace(run.unknown(argument, note=f"the parameter {argument.arg}"), kind=PERHAPS)
    if is_harmless_type(kind):
        return CLEAN
    node = function.node
    if isinstance(node, ast.Lambda):
        return run.unknown(argument)
    if serves_requests(function):
        paths = route_paths(node)
        harmless = {
            name
            for path in paths
            for match in sources.HARMLESS_VARIABLE.finditer(path)
            for name in match.groups()
            if name
        }
        if argument.arg in harmless or _has_plain_form(node, argument):
            return CLEAN
        if not _is_injected(node, argument):
            sent = Value(run.taints(argument, Level.REMOTE, f"the request's {argument.arg}"))
            return replace(sent, kind=library.UPLOAD) if _UPLOADED.search(kind) else sent
    if is_view(function) and not _is_injected(node, argument):
        # The route, which is not seen, may let numbers through alone.
        sent = Value(run.taints(argument, Level.REMOTE, f"the request's {argument.arg}"))
        return sent.cleared(frozenset({THROUGH}))
    first = next(iter([*node.args.posonlyargs, *node.args.args]), None)
    if first is not None and argument is not first and node.name.endswith("_handler"):
        return run.unknown(argument)
    if argument.arg == "event" and node.name.endswith("handler"):
        return Value(run.taints(argument, Level.REMOTE, "the event"))
    value = run.unknown(argument, note=f"the parameter {argument.arg}")
    return replace(value, kind="pathlib.Path") if re.search(r"(^|\.)Path$", kind) else value


def _takes(function: Function, names: tuple[str, ...]) -> bool:
    """Whether a function's last parameters are called so."""
    return tuple(one.arg for one in function.node.args.args[-len(names) :]) == names


def _is_message(function: Function, argument: ast.arg) -> bool:
    """Whether a parameter is what a client of a gRPC service sends."""
    if function.owner is None or isinstance(function.node, ast.Lambda):
        return False
    given = [one.arg for one in function.node.args.args]
    return (
        len(given) == 3
        and given[2] == "context"
        and given[1] == argument.arg
        and any(sources.SERVICERS.search(base) for base in function.owner.bases)
    )


def is_harmless_type(annotation: str) -> bool:
    """Whether a value of this type can hold no text of anybody's."""
    annotation = _ANNOTATED.sub(r"\1", annotation)
    parts = [
        part.strip()
        for part in re.sub(r"^(typing\.)?Optional\[(.*)\]$", r"\2 | None", annotation).split("|")
    ]
    kinds = [part for part in parts if part != "None"]
    return bool(kinds) and all(
        part.removeprefix("pydantic.") in sources.HARMLESS_TYPES
        or part.startswith(("Literal[", "typing.Literal["))
        for part in kinds
    )


def _has_plain_form(node: ast.FunctionDef | ast.AsyncFunctionDef, argument: ast.arg) -> bool:
    """Whether the framework lets only plain signs through: `Path(pattern="^[a-z0-9]+$")`."""
    default = _defaults(node).get(argument.arg)
    return any(
        keyword.arg in ("pattern", "regex")
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
        and keyword.value.value.startswith("^")
        and keyword.value.value.endswith("$")
        and patterns.is_restrictive(keyword.value.value)
        for written in (default, argument.annotation)
        if isinstance(written, ast.Call | ast.Subscript)
        for keyword in ast.walk(written)
        if isinstance(keyword, ast.keyword)
    )


def _defaults(node: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, ast.expr | None]:
    named = [*node.args.posonlyargs, *node.args.args]
    defaults: dict[str, ast.expr | None] = dict(
        zip([a.arg for a in reversed(named)], reversed(node.args.defaults), strict=False)
    )
    return defaults | dict(
        zip([a.arg for a in node.args.kwonlyargs], node.args.kw_defaults, strict=True)
    )


def _is_injected(node: ast.FunctionDef | ast.AsyncFunctionDef, argument: ast.arg) -> bool:
    """Whether a framework fills a parameter from the program: `db = Depends(get_db)`."""
    default = _defaults(node).get(argument.arg)
    texts = [unparsed(n) for n in (default, argument.annotation) if n is not None]
    return argument.arg in ("self", "cls", "db", "session") or any(
        re.search(r"\b(Depends|Security|Session|BackgroundTasks|Response)\b", text)
        for text in texts
    )


def of_handler(run: Interpreter, node: ast.Attribute, bases: tuple[str, ...]) -> Value | None:
    """An attribute of an object that serves requests, None where it has nothing of a request."""
    for pattern, attributes in sources.HANDLERS:
        if any(pattern.search(base) for base in bases) and node.attr in attributes:
            return Value(run.taints(node, Level.REMOTE, f"the request's {node.attr}"))
    if node.attr == "request":
        return request(run, node)
    if node.attr == "kwargs" and any(sources.VIEWS.search(base) for base in bases):
        sent = Value(run.taints(node, Level.REMOTE, "the request's address"))
        return sent.cleared(frozenset({THROUGH}))
    return None


def taken(run: Interpreter, owner: Value, key: str) -> Value:
    """What stands under a key in something of which only the origin is known."""
    taints = set()
    is_file = bool(owner.taints) and not owner.is_built
    for taint in owner.taints:
        origin = taint.origin
        is_file = is_file and not origin.path and origin.note in _FILES
        if len(origin.path) < _MAX_PATH and (not origin.path or origin.path[-1] != key):
            origin = run.origins.at(origin.node, origin.level, origin.note, (*origin.path, key))
        taints.add(Taint(origin, taint.cleared))
    return Value(frozenset(taints), kind=library.UPLOAD if is_file else "")
