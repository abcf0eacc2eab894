"""What a digest is for: where another hash would break what was stored, or protect nothing.

A password needs a slow hash and what is stored needs to be hashed anew, so SHA-256 in place of MD5
locks everybody out and helps little. A digest that others made, or of which the length is known
elsewhere, is not this file's to change.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes.places import nodes_on_lines, scope, statement

PASSWORD = re.compile(
    r"(?:^|[^a-z])(?:pw|pwd|pass|pin|psw)(?:$|[^a-z])|passw|passphrase|passcode|pswd|pwhash|kennwort"
    r"|credential|log_?in|sign_?in(?!g)|authenticat",
    re.IGNORECASE,
)
_LENGTHS = (16, 20, 32, 40)
_KNOWN_LENGTH = re.compile(
    r"[{(](?:32|40)[})]|(?<![0-9a-zA-Z])(?:[0-9a-f]{32}|[0-9a-f]{40})(?![0-9a-zA-Z])", re.I
)


def is_fixed_by_others(code: Code, node: ast.AST | None, finding: Finding) -> bool:
    """Whether what the digest is compared with, or its length, is fixed outside of the call."""
    near = [node] if node is not None else nodes_on_lines(code, finding.span)[:1]
    if not near:
        return True
    at = statement(code, near[0]) if not isinstance(near[0], ast.Module) else None
    if at is None:
        return True
    around = scope(code, at)
    looked = at if isinstance(around, ast.Module) else around
    if any(PASSWORD.search(word) for word in _words(looked)):
        return True
    return _has_known_length(code) or _is_compared(looked, near[0])


def _words(within: ast.AST) -> Iterator[str]:
    """The names in a function, and its strings, which are keys and columns."""
    for node in ast.walk(within):
        for name in ("id", "attr", "arg", "name"):
            said = getattr(node, name, None)
            if isinstance(said, str):
                yield said
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _has_known_length(code: Code) -> bool:
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            is_length = any(
                isinstance(side, ast.Call)
                and isinstance(side.func, ast.Name)
                and side.func.id == "len"
                for side in sides
            )
            known = any(isinstance(s, ast.Constant) and s.value in _LENGTHS for s in sides)
            if is_length and known:
                return True
        elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            if _KNOWN_LENGTH.search(text):
                return True
    return False


def _is_compared(within: ast.AST, node: ast.AST) -> bool:
    """Whether the digest is compared, there and then, with one that the file did not make."""
    held = {
        target.id
        for one in ast.walk(within)
        if isinstance(one, ast.Assign) and any(part is node for part in ast.walk(one.value))
        for target in one.targets
        if isinstance(target, ast.Name)
    }
    for _ in range(2):  # `h = md5()`, `digest = h.hexdigest()`.
        held |= {
            target.id
            for one in ast.walk(within)
            if isinstance(one, ast.Assign) and _holds(one.value, held, node)
            for target in one.targets
            if isinstance(target, ast.Name)
        }
    return any(
        sum(_holds(side, held, node) for side in (one.left, *one.comparators)) == 1
        for one in ast.walk(within)
        if isinstance(one, ast.Compare)
    )


def _holds(value: ast.AST, held: set[str], node: ast.AST) -> bool:
    return any(
        part is node or (isinstance(part, ast.Name) and part.id in held) for part in ast.walk(value)
    )
