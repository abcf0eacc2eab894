"""LDAP filters with escaped values, XPath with variables."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.imports import reach
from analyzers.fixes.literals import Char
from analyzers.fixes.places import argument, bindings, last_name, marked, scope
from analyzers.fixes.rewriting import Replacement, rewritten
from analyzers.fixes.sql_drivers import names
from analyzers.fixes.templates import Hole, Template, is_string, template, wrapped
from analyzers.fixes.writing import fix, with_keywords

_OWN_XPATH_NAMES = frozenset(("namespaces", "extensions", "smart_strings", "_path"))


def escaped_filter(code: Code, finding: Finding) -> Fix | None:
    """`escape_filter_chars` around the values of a filter."""
    node = marked(code, finding, ast.expr, lambda it: _is_filter(code, it))
    if node is None:
        node = _filter_of_name(code, finding)
    made = template(code, node) if node is not None else None
    if node is None or made is None:
        return None
    roots = {meaning.partition(".")[0] for meaning in code.imports.values()}
    module = "ldap.filter" if "ldap" in roots and "ldap3" not in roots else "ldap3.utils.conv"
    reached = reach(code, node, module, "escape_filter_chars")
    holes = [
        hole
        for hole in made.holes
        if not (isinstance(hole.value, ast.Call) and "escape" in last_name(hole.value.func))
    ]
    edits = wrapped(code, made, holes, f"{reached.text}({{}})") if reached is not None else None
    if not edits or reached is None:
        return None
    return fix("escape the values of the filter", *reached.edits, *edits)


def _is_filter(code: Code, node: ast.expr) -> bool:
    if not is_string(node) or isinstance(code.parent(node), ast.BinOp | ast.JoinedStr):
        return False
    made = template(code, node)
    return made is not None and bool(made.holes) and made.constant.lstrip().startswith("(")


def _filter_of_name(code: Code, finding: Finding) -> ast.expr | None:
    def value(used: ast.Name) -> ast.expr | None:
        assigned = bindings(code, scope(code, used), used.id) or []
        found = [node.value for node in assigned if isinstance(node, ast.Assign)]
        return found[0] if len(found) == 1 and _is_filter(code, found[0]) else None

    used = marked(code, finding, ast.Name, lambda it: value(it) is not None)
    return value(used) if used is not None else None


def with_xpath_variables(code: Code, finding: Finding) -> Fix | None:
    """`$name` in the expression of lxml, and its value as an argument."""
    call = marked(
        code, finding, ast.Call, lambda it: last_name(it.func) == "xpath" and bool(it.args)
    )
    if call is None or code.is_open(call):
        return None
    written = argument(call, 0, "_path")
    if isinstance(written, ast.Name):
        assigned = bindings(code, scope(code, call), written.id) or []
        values = [node.value for node in assigned if isinstance(node, ast.Assign)]
        written = values[0] if len(assigned) == 1 == len(values) else None
    made = template(code, written) if written is not None else None
    if made is None:
        return None
    places = _places(made)
    if not places:
        return None
    own = names([value for _, _, value in places])
    if _OWN_XPATH_NAMES & set(own) or {item.arg for item in call.keywords} & set(own):
        return None
    replacements = [
        Replacement(start, end, f"${name}")
        for (start, end, _), name in zip(places, own, strict=True)
    ]
    edits = rewritten(code, made, replacements, {})
    given = (f"{name}={value}" for (_, _, value), name in zip(places, own, strict=True))
    added = with_keywords(code, call, *given)
    if edits is None or added is None:
        return None
    return fix("hand the values over as variables", *edits, added)


def _places(made: Template) -> list[tuple[int, int, str]] | None:
    """The values of an XPath expression with the quotes around them."""
    found: list[tuple[int, int, str]] = []
    parts = made.parts
    at = 0
    while at < len(parts):
        part = parts[at]
        if isinstance(part, Hole):
            before = "".join(p.char for p in parts[:at] if isinstance(p, Char)).rstrip()
            if not before.endswith(("=", "<", ">", ",")) or part.spec not in ("", "!s", "!r", "d"):
                return None
            found.append((at, at + 1, part.text))
            at += 1
            continue
        if part.char not in "'\"":
            at += 1
            continue
        end = next(
            (
                i
                for i in range(at + 1, len(parts))
                if isinstance(p := parts[i], Char) and p.char == part.char
            ),
            None,
        )
        if end is None:
            return None
        inner = parts[at + 1 : end]
        first = inner[0] if inner else None
        if any(isinstance(p, Hole) for p in inner):
            if len(inner) != 1 or not isinstance(first, Hole) or first.spec not in ("", "!s"):
                return None
            found.append((at, end + 1, first.text))
        at = end + 1
    return found
