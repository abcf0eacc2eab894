"""Secrets written into the code come from the environment instead."""

from __future__ import annotations

import ast
import re

from analyzers.code import Code
from analyzers.finding import Finding, Fix, Span
from analyzers.fixes.imports import reach
from analyzers.fixes.places import last_name
from analyzers.fixes.writing import fix, replaced


def to_environment(code: Code, finding: Finding) -> Fix | None:
    """`os.environ["NAME"]`, named for what the secret is given to."""
    node = _literal(code, finding)
    if node is None:
        return None
    name = _name(code, node)
    reached = reach(code, node, "os", "environ")
    if name is None or reached is None:
        return None
    text = _around(code, node, finding.span, f'{reached.text}["{name}"]')
    return fix(f"read {name} from the environment", *reached.edits, replaced(code, node, text))


def _around(code: Code, node: ast.Constant, secret: Span, text: str) -> str:
    """The variable, with what stood beside the secret in its string: `"Bearer " + ...`."""
    written = code.source(node)
    whole = code.span(node)
    before, after = written[: secret.start - whole.start], written[secret.end - whole.start :]
    # Letters that touch it are the secret's own beginning: a form is told from its middle on.
    before = re.sub(r"(?<=[\"'\s=:])[A-Za-z0-9]{1,3}$", "", before)
    opening = next((q for q in ('"', "'") if before.startswith(q) and before[1:2] != q), None)
    if (
        opening is None
        or secret.start <= whole.start
        or "://" in written
        or not after.endswith(opening)
    ):
        return text
    if before[1:]:
        text = f"{opening}{before[1:]}{opening} + {text}"
    return f"{text} + {opening}{after[:-1]}{opening}" if after[:-1] else text


def _literal(code: Code, finding: Finding) -> ast.Constant | None:
    """The string that holds the secret; the longest where several do."""
    found = [
        node
        for node in ast.walk(code.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str | bytes)
        and node.value
        and code.span(node).overlaps(finding.span)
        and not isinstance(code.parent(node), ast.JoinedStr | ast.Expr | ast.FormattedValue)
    ]
    found = [node for node in found if not _is_key(code, node)]
    return max(found, key=lambda node: len(code.source(node)), default=None)


def _is_key(code: Code, node: ast.Constant) -> bool:
    above = code.parent(node)
    if isinstance(above, ast.Dict):
        return node in above.keys
    return isinstance(above, ast.Subscript) and above.slice is node


def _name(code: Code, node: ast.expr) -> str | None:
    """The variable that the secret would have in the environment."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
        return None
    above = code.parent(node)
    said = ""
    if isinstance(above, ast.Assign):
        said = _target(above.targets[0])
    elif isinstance(above, ast.AnnAssign):
        said = _target(above.target)
    elif isinstance(above, ast.keyword):
        said = above.arg or ""
    elif isinstance(above, ast.Dict):
        key = above.keys[above.values.index(node)]
        said = str(key.value) if isinstance(key, ast.Constant) else ""
    elif isinstance(above, ast.Compare):
        said = next((n for side in (above.left, *above.comparators) if (n := _target(side))), "")
    elif isinstance(above, ast.arguments):
        return None  # A default is read when the module is, which is too early to fail.
    elif isinstance(above, ast.Call):
        said = _of_call(code, above, node)
    words = re.sub(r"[^A-Za-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", said))
    return words.strip("_").upper() or None


def _target(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return last_name(node)


def _of_call(code: Code, call: ast.Call, node: ast.expr) -> str:
    """By what is called: the key of a client, the address of a database."""
    value = node.value if isinstance(node, ast.Constant) else ""
    if "://" in str(value):
        return "database_url"
    name = last_name(call.func)
    if name in ("get", "setdefault", "getenv") and len(call.args) == 2:
        return ""
    return f"{name}_secret" if name else ""
