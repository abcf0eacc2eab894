"""What only calculates is calculated, with nothing run: a function that walks the expression."""

from __future__ import annotations

import ast
import re

from analyzers.code import Code
from analyzers.finding import Edit, Fix, Span
from analyzers.fixes.imports import import_edit, is_taken
from analyzers.fixes.places import scope
from analyzers.fixes.writing import fix, newline, replaced

_CALCULATES = re.compile(r"calc|arith|comput|formula|\bmath", re.IGNORECASE)
_RUNS = re.compile(r"script|lambda|statement|program|predicate|condition|source", re.IGNORECASE)
_NAME = "_calculate"
# What a file gets; `value` goes as deep as the text does, which the parser bounds.
_FUNCTION = '''\
def _calculate(text):
    """The value of an arithmetic expression; nothing in it is run."""
    operators = {
        ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
        ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
        ast.Pow: operator.pow, ast.UAdd: operator.pos, ast.USub: operator.neg,
    }

    def value(node):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return node.value
        if isinstance(node, ast.UnaryOp) and type(node.op) in operators:
            return operators[type(node.op)](value(node.operand))
        if isinstance(node, ast.BinOp) and type(node.op) in operators:
            left, right = value(node.left), value(node.right)
            if isinstance(node.op, ast.Pow) and (abs(left) > 10**6 or abs(right) > 100):
                raise ValueError("this power is too large")
            return operators[type(node.op)](left, right)
        raise ValueError("only numbers, + - * / // % ** and brackets can be calculated")

    return value(ast.parse(text.strip(), mode="eval").body)


'''


def calculated(code: Code, node: ast.Call) -> Fix | None:
    """A call of a function that calculates in place of `eval`, where names say that it does."""
    around = scope(code, node)
    words = [ast.unparse(node.args[0])]
    if not isinstance(around, ast.Module):
        words += [around.name, ast.get_docstring(around) or ""]
    text = " ".join(words)
    if not _CALCULATES.search(text) or _RUNS.search(text):
        return None
    if any(is_taken(code, name) for name in (_NAME, "ast", "operator")):
        return None
    start = _start_of_outermost(code, node)
    function = _FUNCTION.replace("\n", newline(code.text))
    edits = [import_edit(code, name) for name in ("ast", "operator") if not _has(code, name)]
    return fix(
        "calculate without running code",
        *_joined(edits),
        Edit(Span(start, start), function),
        replaced(code, node.func, _NAME),
    )


def _has(code: Code, module: str) -> bool:
    return any(
        isinstance(node, ast.Import) and any(a.name == module and not a.asname for a in node.names)
        for node in code.tree.body
    )


def _joined(edits: list[Edit]) -> list[Edit]:
    """Imports at one place as one edit."""
    if len(edits) == 2 and edits[0].span == edits[1].span:
        first, second = (edit.text for edit in edits)
        line_end = "\r\n" if "\r" in first else "\n"
        return [Edit(edits[0].span, first.rstrip("\r\n") + line_end + second.lstrip("\r\n"))]
    return edits


def _start_of_outermost(code: Code, node: ast.AST) -> int:
    """Where the statement of the module begins that a node is in, with its decorators."""
    above: ast.AST | None = node
    while above is not None and above not in code.tree.body:
        above = code.parent(above)
    assert above is not None, "every node is in a statement of the module"
    first = min([above, *getattr(above, "decorator_list", [])], key=lambda one: code.span(one))
    return code.text.rfind("\n", 0, code.span(first).start) + 1
