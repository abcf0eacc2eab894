"""How the framework of a file says no to a request, or a function to its caller."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit
from analyzers.fixes.handed import Defined, calls_of
from analyzers.fixes.imports import reach
from analyzers.fixes.places import last_name

_ROUTES = frozenset(("route", "get", "post", "put", "patch", "delete"))
_MOST_CALLERS = 3


def refusal_of(code: Code, at: ast.stmt, status: int, message: str) -> tuple[str, tuple[Edit, ...]]:
    """The statement that refuses, and the edits that it needs elsewhere.

    Args:
        code: The file.
        at: Where it is to stand.
        status: Of the answer, where requests are answered.
        message: Says why, where an error is raised.
    """
    roots = {meaning.partition(".")[0] for meaning in code.imports.values()}
    function = code.function(at)
    if "flask" in roots and function is not None and _answers(code, function, _MOST_CALLERS):
        reached = reach(code, at, "flask", "abort")
        if reached is not None:
            return f"{reached.text}({status})", reached.edits
    if "HTTPException" in code.imports:
        return f'raise HTTPException(status_code={status}, detail="{message}")', ()
    if "Http404" in code.imports and status == 404:
        return f'raise Http404("{message}")', ()
    return f'raise ValueError("{message}")', ()


def _answers(code: Code, function: Defined, depth: int) -> bool:
    """Whether a function answers requests, or is run by such functions alone."""
    listed = function.decorator_list
    if {last_name(d.func if isinstance(d, ast.Call) else d) for d in listed} & _ROUTES:
        return True
    calls = calls_of(code, function) if depth else None
    callers = [code.function(call) for call in calls or ()]
    return bool(callers) and all(
        caller is not None and _answers(code, caller, depth - 1) for caller in callers
    )
