"""Broken hashes become SHA-256."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes import password_hashes
from analyzers.fixes.hash_uses import is_fixed_by_others
from analyzers.fixes.imports import reach
from analyzers.fixes.places import argument, keyword, marked
from analyzers.fixes.writing import fix, replaced

_WEAK = ("md5", "sha1", "md4", "sha", "ripemd160", "md2")
_FAMILIES = {
    "hashlib.": "sha256",
    "Crypto.Hash.": "SHA256",
    "Cryptodome.Hash.": "SHA256",
    "cryptography.hazmat.primitives.hashes.": "SHA256",
}


def stronger(code: Code, finding: Finding) -> Fix | None:
    """A slow hash for passwords, SHA-256 for the rest."""
    return password_hashes.slow(code, finding) or to_sha256(code, finding)


def to_sha256(code: Code, finding: Finding) -> Fix | None:
    """SHA-256 in place of MD5 or SHA-1, by the library that the file uses."""
    node = marked(code, finding, ast.Call, lambda call: _is_weak(code, call))
    if is_fixed_by_others(code, node, finding):
        return None
    if node is None:
        return _by_attribute(code, finding)
    name = code.name(node.func) or ""
    if name in ("hashlib.new", "hmac.new", "hmac.digest"):
        position, keyword_name = (0, "name") if name == "hashlib.new" else (2, "digestmod")
        given = argument(node, position, keyword_name)
        if given is None:
            return None
        if isinstance(given, ast.Constant):
            return fix("hash with SHA-256", replaced(code, given, '"sha256"'))
        if isinstance(given, ast.Attribute):
            return fix(
                "hash with SHA-256", replaced(code, given, f"{code.source(given.value)}.sha256")
            )
        reached = reach(code, node, "hashlib", "sha256")
        if reached is None:
            return None
        return fix("hash with SHA-256", *reached.edits, replaced(code, given, reached.text))
    if keyword(node, "usedforsecurity") is not None and name.startswith("hashlib."):
        return None
    if isinstance(node.func, ast.Attribute):
        return _renamed(code, node.func)
    reached = reach(code, node, "hashlib", "sha256") if name.startswith("hashlib.") else None
    if reached is None:
        return None
    return fix("hash with SHA-256", *reached.edits, replaced(code, node.func, reached.text))


def _is_weak(code: Code, call: ast.Call) -> bool:
    name = (code.name(call.func) or "").lower()
    if name in ("hashlib.new", "hmac.new", "hmac.digest"):
        given = argument(call, *((0, "name") if name == "hashlib.new" else (2, "digestmod")))
        said = given.value if isinstance(given, ast.Constant) else given and code.name(given)
        return str(said).lower().rpartition(".")[2] in _WEAK
    parts = name.split(".")
    return any(name.startswith(family.lower()) for family in _FAMILIES) and (
        parts[-1] in _WEAK or (parts[-1] == "new" and parts[-2] in _WEAK)
    )


def _by_attribute(code: Code, finding: Finding) -> Fix | None:
    """`hashes.MD5` and `hashlib.sha1` handed on without a call."""
    node = marked(
        code,
        finding,
        ast.Attribute,
        lambda it: (
            it.attr.lower() in _WEAK
            and any((code.name(it) or "").startswith(family) for family in _FAMILIES)
        ),
    )
    return None if node is None else _renamed(code, node)


def _renamed(code: Code, node: ast.Attribute) -> Fix | None:
    name = code.name(node) or ""
    for family, strong in _FAMILIES.items():
        if not name.startswith(family):
            continue
        if node.attr == "new":
            return _other_module(code, node, family, strong)
        value = code.source(node.value)
        return fix("hash with SHA-256", replaced(code, node, f"{value}.{strong}"))
    return None


def _other_module(code: Code, node: ast.Attribute, family: str, strong: str) -> Fix | None:
    """`MD5.new()` of PyCryptodome: another module of the same package."""
    reached = reach(code, node, f"{family}{strong}", "new")
    imports = [
        statement
        for statement in code.tree.body
        if isinstance(statement, ast.ImportFrom) and statement.module == family[:-1]
    ]
    if not imports or not isinstance(node.value, ast.Name):
        return None
    if reached is not None and not reached.edits:
        return fix("hash with SHA-256", replaced(code, node, reached.text))
    alias = next((a for a in imports[0].names if (a.asname or a.name) == node.value.id), None)
    uses = [n for n in ast.walk(code.tree) if isinstance(n, ast.Name) and n.id == node.value.id]
    if alias is None or alias.asname or len(uses) != 1:
        return None
    return fix(
        "hash with SHA-256",
        replaced(code, alias, strong),
        replaced(code, node, f"{strong}.new"),
    )
