"""Passwords are kept as salted scrypt in place of a fast hash.

Only where the file itself makes what is kept and compares it: both ends change together. What was
kept before has to be set anew.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.handed import Defined, argument_for, calls_of
from analyzers.fixes.hash_uses import PASSWORD
from analyzers.fixes.imports import reach
from analyzers.fixes.places import bindings, last_name, loads, marked, scope
from analyzers.fixes.writing import fix, is_placed, lines_before, replaced, source

_FAST = ("hashlib.md5", "hashlib.sha1")
_MAKE, _CHECK = "_hash_password", "_is_password"


@dataclass(frozen=True, slots=True)
class _Digest:
    """`node` is the whole of `hashlib.md5(password).hexdigest()`."""

    node: ast.expr
    password: ast.expr


def slow(code: Code, finding: Finding) -> Fix | None:
    """Two functions, that keep a password and check one, wherever the file does either."""
    if marked(code, finding, ast.Call, lambda it: _is_fast(code, it)) is None:
        return None
    digests = [found for node in ast.walk(code.tree) if (found := _digest(code, node)) is not None]
    if not digests or any(word in code.text for word in (_MAKE, _CHECK)):
        return None
    edits: list[Edit] = []
    n_checks = 0
    for one in digests:
        mended = _mended(code, one)
        if mended is None:
            return None
        edits += mended[0]
        n_checks += mended[1]
    functions = _functions(code)
    if not n_checks or functions is None:
        return None
    return fix("keep passwords as salted scrypt", *dict.fromkeys([*functions, *edits]))


def _is_fast(code: Code, node: ast.Call) -> bool:
    return code.name(node.func) in _FAST and len(node.args) == 1 and not node.keywords


def _digest(code: Code, node: ast.AST) -> _Digest | None:
    if not (isinstance(node, ast.Call) and not node.args and not node.keywords):
        return None
    inner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if not isinstance(inner, ast.Call) or last_name(node.func) != "hexdigest":
        return None
    if not _is_fast(code, inner) or not _is_password(inner.args[0]):
        return None
    return _Digest(node, inner.args[0])


def _is_password(node: ast.expr) -> bool:
    names = (last_name(part) for part in ast.walk(node))
    return any(PASSWORD.search(name) for name in names if name)


def _mended(code: Code, digest: _Digest) -> tuple[list[Edit], int] | None:
    """The edits for one place that hashes a password, and how many of them check one."""
    function = code.function(digest.node)
    if function is None or not is_placed(code, digest.node):
        return None
    above = code.parent(digest.node)
    if isinstance(above, ast.Return):
        return _by_function(code, digest, function)
    used: list[ast.expr] = [digest.node]
    if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name):
        name = above.targets[0].id
        assigned = bindings(code, scope(code, digest.node), name) or []
        used = list(loads(function, name))
        if len(assigned) != 1 or len(above.targets) != 1 or len(used) != 1:
            return None
    password = source(code, digest.password)
    check = _check(code, used[0], password)
    if check is not None:
        # The variable that held the digest holds one that nobody reads.
        kept = [] if used[0] is digest.node else [_made(code, digest)]
        return [check, *kept], 1
    return None if _is_looked_up(code, used[0]) else ([_made(code, digest)], 0)


def _by_function(code: Code, digest: _Digest, function: Defined) -> tuple[list[Edit], int] | None:
    """A function that only answers a password's digest: its callers keep it or compare it."""
    calls = calls_of(code, function)
    taken = [arg for arg in function.args.args if arg.arg not in ("self", "cls")]
    if not calls or len(taken) != 1 or len(function.body) > 2:
        return None
    edits = [_made(code, digest)]
    n_checks = 0
    for call in calls:
        given = argument_for(function, taken[0], call)
        if given is None or _is_looked_up(code, call):
            return None
        check = _check(code, call, _with(digest.password, taken[0].arg, given))
        if check is not None:
            edits.append(check)
            n_checks += 1
    return edits, n_checks


def _with(password: ast.expr, name: str, given: ast.expr) -> str:
    """What is hashed, as the caller says it."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return given if node.id == name else node

    copy = ast.parse(ast.unparse(password), mode="eval").body
    return ast.unparse(Put().visit(copy))


def _check(code: Code, digest: ast.expr, password: str) -> Edit | None:
    """A comparison with a digest as a question about the password."""
    above = code.parent(digest)
    if isinstance(above, ast.Compare) and isinstance(above.ops[0], ast.Eq | ast.NotEq):
        other = above.comparators[0] if above.left is digest else above.left
        said = "" if isinstance(above.ops[0], ast.Eq) else "not "
    elif isinstance(above, ast.Call) and last_name(above.func) == "compare_digest":
        others = [arg for arg in above.args if arg is not digest]
        if len(others) != 1:
            return None
        other, said = others[0], ""
    else:
        return None
    return replaced(code, above, f"{said}{_CHECK}({password}, {source(code, other)})")


def _is_looked_up(code: Code, digest: ast.AST) -> bool:
    """Whether a database is asked for it, which would find no salted one."""
    above: ast.AST | None = digest
    while isinstance(above, ast.expr):
        if isinstance(above, ast.Call) and last_name(above.func).startswith(("execute", "filter")):
            query = above.args[0] if above.args else None
            said = str(query.value) if isinstance(query, ast.Constant) else "where"
            return "where" in said.lower()
        above = code.parent(above)
    return False


def _made(code: Code, digest: _Digest) -> Edit:
    return replaced(code, digest.node, f"{_MAKE}({source(code, digest.password)})")


def _functions(code: Code) -> list[Edit] | None:
    first = next((s for s in code.tree.body if isinstance(s, Defined | ast.ClassDef)), None)
    if first is None:
        return None
    reached = [
        reach(code, first, *name)
        for name in (("hashlib", "scrypt"), ("os", "urandom"), ("hmac", "compare_digest"))
    ]
    said = [one for one in reached if one is not None]
    if len(said) < len(reached):
        return None
    scrypt, urandom, compare = (one.text for one in said)
    cost = "n=2**14, r=8, p=1"
    lines = lines_before(
        code,
        first,
        f"def {_MAKE}(password: bytes) -> str:",
        f"    salt = {urandom}(16)",
        f'    return salt.hex() + "$" + {scrypt}(password, salt=salt, {cost}).hex()',
        "",
        "",
        f"def {_CHECK}(password: bytes, stored: object) -> bool:",
        '    salt, _, digest = str(stored).partition("$")',
        "    if not digest:",
        "        return False",
        f"    made = {scrypt}(password, salt=bytes.fromhex(salt), {cost})",
        f"    return {compare}(made.hex(), digest)",
        "",
        "",
    )
    return None if lines is None else [*(edit for one in said for edit in one.edits), lines]
