"""Signatures of tokens are checked, by an algorithm that signs."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix, Span
from analyzers.fixes.places import argument, keyword, last_name, marked
from analyzers.fixes.writing import fix, is_placed, replaced, set_keyword, without_argument


def checked(code: Code, finding: Finding) -> Fix | None:
    """A decoding that fails for what was not signed with the key.

    Needs the key in the call, or one key that the file signs with and that the call can reach.
    """
    node = marked(code, finding, ast.Call, lambda it: last_name(it.func) in ("decode", "encode"))
    if node is None or code.is_open(node):
        return None
    if last_name(node.func) == "encode":
        return _signed(code, node)
    key = argument(node, 1, "key")
    edits: list[Edit] = []
    if key is None and len(node.args) == 1:
        signing = _signing_key(code, node)
        if signing is None:
            return None
        end = code.span(node.args[0]).end
        edits.append(Edit(Span(end, end), f", {signing}"))
    elif key is None or (isinstance(key, ast.Constant) and not key.value):
        return None
    for name in ("verify", "options"):
        given = keyword(node, name)
        if given is None:
            continue
        edit = _checking(code, node, given)
        if edit is not None:
            edits.append(edit)
    algorithms = keyword(node, "algorithms")
    edit = _algorithms(code, node, algorithms)
    if edit is not None:
        edits.append(edit)
    merged = _apart(edits)
    return fix("check the signature", *merged) if merged else None


def _signing_key(code: Code, node: ast.Call) -> str | None:
    """The one key that tokens are made with in this file, where it means the same at a node."""
    keys = {
        key
        for call in ast.walk(code.tree)
        if isinstance(call, ast.Call) and (code.name(call.func) or "") == "jwt.encode"
        if (key := argument(call, 1, "key")) is not None
        and is_placed(code, key)
        and _means_the_same(code, key, node)
    }
    texts = {code.source(key) for key in keys}
    n_signed = sum(
        isinstance(call, ast.Call) and code.name(call.func) == "jwt.encode"
        for call in ast.walk(code.tree)
    )
    return texts.pop() if len(texts) == 1 and len(keys) == n_signed else None


def _means_the_same(code: Code, key: ast.expr, node: ast.AST) -> bool:
    """Whether a key is an attribute of the object that both are methods of, or the module's."""
    if any(isinstance(part, ast.Call) for part in ast.walk(key)):
        return False
    root: ast.expr = key
    while isinstance(root, ast.Attribute | ast.Subscript):
        root = root.value
    if not isinstance(root, ast.Name):
        return False
    if root.id == "self":
        return root is not key and _class(code, key) is _class(code, node) is not None
    return not any(
        isinstance(one, ast.arg | ast.Name)
        and (one.arg if isinstance(one, ast.arg) else one.id) == root.id
        and not (isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load))
        for function in (code.function(key), code.function(node))
        for one in (ast.walk(function) if function is not None else ())
    )


def _class(code: Code, node: ast.AST) -> ast.AST | None:
    above = code.parent(node)
    while above is not None and not isinstance(above, ast.ClassDef):
        above = code.parent(above)
    return above


def _checking(code: Code, node: ast.Call, given: ast.keyword) -> Edit | None:
    """Options without what turns checks off."""
    if given.arg == "verify":
        is_off = isinstance(given.value, ast.Constant) and not given.value.value
        return without_argument(code, node, given) if is_off else None
    if not isinstance(given.value, ast.Dict):
        return None
    kept = [
        f"{ast.unparse(key)}: {ast.unparse(value)}"
        for key, value in zip(given.value.keys, given.value.values, strict=True)
        if key is not None
        and not (
            isinstance(key, ast.Constant)
            and str(key.value).startswith("verify")
            and isinstance(value, ast.Constant)
            and value.value is False
        )
    ]
    if len(kept) == len(given.value.keys):
        return None
    if not kept:
        return without_argument(code, node, given)
    return replaced(code, given.value, f"{{{', '.join(kept)}}}")


def _algorithms(code: Code, node: ast.Call, given: ast.keyword | None) -> Edit | None:
    """A list of algorithms, "none" not among them."""
    if given is None and len(node.args) < 3:
        return set_keyword(code, node, "algorithms", '["HS256"]')
    value = given.value if given is not None else node.args[2]
    if isinstance(value, ast.List | ast.Tuple):
        kept = [item for item in value.elts if not _is_none(item)]
        if len(kept) < len(value.elts):
            texts = [code.source(item) for item in kept] or ['"HS256"']
            return replaced(code, value, f"[{', '.join(texts)}]")
    elif _is_none(value):
        return replaced(code, value, '["HS256"]')
    return None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).lower() == "none"


def _signed(code: Code, node: ast.Call) -> Fix | None:
    algorithm = argument(node, 2, "algorithm")
    if algorithm is None or not _is_none(algorithm) or argument(node, 1, "key") is None:
        return None
    return fix("sign the token", replaced(code, algorithm, '"HS256"'))


def _apart(edits: list[Edit]) -> list[Edit]:
    """The edits with none inside of another; an added argument after one that goes stays."""
    found: list[Edit] = []
    for edit in edits:
        if not any(edit.span.overlaps(other.span) for other in found):
            found.append(edit)
    return found
