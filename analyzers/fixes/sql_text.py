"""Where a query that is put together takes values, which a driver can bind."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from analyzers.fixes.literals import Char
from analyzers.fixes.parts import Hole

_CLAUSES = re.compile(
    r"\b(SELECT|FROM|JOIN|INTO|TABLE|UPDATE|WHERE|SET|VALUES|ON|HAVING|ORDER\s+BY|GROUP\s+BY|LIMIT"
    r"|OFFSET|BETWEEN|AND|OR|IN|LIKE|ILIKE|NOT|WHEN|THEN|ELSE)\b",
    re.IGNORECASE,
)
_VALUES_IN = frozenset(
    [
        "WHERE",
        "SET",
        "VALUES",
        "ON",
        "HAVING",
        "LIMIT",
        "OFFSET",
        "BETWEEN",
        "AND",
        "OR",
        "IN",
        "LIKE",
        "ILIKE",
        "NOT",
        "WHEN",
        "THEN",
        "ELSE",
    ]
)
_BEFORE_VALUE = re.compile(
    r"(?:[=<>(,+\-*/]|\b(?:LIKE|ILIKE|GLOB|REGEXP|LIMIT|OFFSET|BETWEEN|THEN|ELSE))\s*$",
    re.IGNORECASE,
)
_BETWEEN_AND = re.compile(r"\bBETWEEN\s+\S+\s+AND\s*$", re.IGNORECASE)
_COMPARISON = re.compile(r"\s*(?:=|<|>|!=|\bLIKE\b|\bIN\b|\bIS\b|\.)", re.IGNORECASE)
# `interval '1 day'` and `E'...'` are literals as a whole: their text cannot be a parameter.
_TYPE = re.compile(
    r"(?:\b(?:INTERVAL|DATE|TIME|TIMESTAMP|TIMESTAMPTZ|JSON|JSONB|POINT|INET|BYTEA|UUID)\s*|\w)$",
    re.IGNORECASE,
)
_IN_F_STRING = {"{": "{{", "}": "}}", '"': '\\"', "\\": "\\\\", "\n": "\\n"}
_PLAIN_SPECS = ("", "!s", "!r", "d", "i")


@dataclass(frozen=True, slots=True)
class Slot:
    """`parts[start:end]` of a query are one value, or a list of them.

    value: what to bind, as an expression; for a list what holds the values.
    """

    start: int
    end: int
    value: str
    is_list: bool = False


def slots(parts: Sequence[Char | Hole], before: str = "") -> list[Slot] | None:
    """The values of a query, in order; None where one cannot be bound.

    Holes for names of tables and columns are no values, and are left out.

    Args:
        parts: The query.
        before: The query's text so far, for what is added to one.
    """
    found: list[Slot] = []
    said = before
    at = 0
    while at < len(parts):
        part = parts[at]
        if isinstance(part, Hole):
            after = "".join(p.char if isinstance(p, Char) else "\0" for p in parts[at + 1 :])
            if _takes_value(said, after):
                slot = _bare(part, at, said)
                if slot is None:
                    return None
                found.append(slot)
            said += "\0"
            at += 1
        elif part.char in "'\"":
            end = _closing(parts, at)
            if end is None:
                return None
            inner = parts[at + 1 : end]
            if any(isinstance(p, Hole) for p in inner) and (
                part.char == "'" or _takes_value(said, "")
            ):
                slot = None if _TYPE.search(said) else _quoted(inner, at, end + 1)
                if slot is None:
                    return None
                found.append(slot)
            said += "''"
            at = end + 1
        else:
            said += part.char
            at += 1
    return found


def _closing(parts: Sequence[Char | Hole], opening: int) -> int | None:
    first = parts[opening]
    for at in range(opening + 1, len(parts)):
        part = parts[at]
        if isinstance(part, Char) and isinstance(first, Char) and part.char == first.char:
            return at
    return None


def _takes_value(before: str, after: str) -> bool:
    """Whether what stands between these two is a value."""
    clauses = _CLAUSES.findall(before)
    if not clauses or " ".join(clauses[-1].upper().split()) not in _VALUES_IN:
        return False
    if after[:1].isalnum() or after[:1] in ("_", "\0"):
        return False
    if re.search(r"\bIN\s*$", before, re.IGNORECASE) or _BETWEEN_AND.search(before):
        return True
    if not _BEFORE_VALUE.search(before):
        return False
    return not (before.rstrip().endswith(("(", ",")) and _COMPARISON.match(after))


def _bare(hole: Hole, at: int, before: str) -> Slot | None:
    if hole.spec not in _PLAIN_SPECS:
        return None
    if re.search(r"\bIN\s*\(\s*$", before, re.IGNORECASE):
        listed = _listed(hole.value)
        if listed is not None:
            return Slot(at, at + 1, listed, is_list=True)
    if isinstance(hole.value, ast.Call) and _is_join(hole.value):
        return None
    if re.search(r"\bIN\s*$", before, re.IGNORECASE):
        return None
    if re.search(r"\b(?:LIMIT|OFFSET)\s*$", before, re.IGNORECASE) and not hole.text.startswith(
        "int("
    ):
        return Slot(at, at + 1, f"int({hole.text})")
    return Slot(at, at + 1, hole.text)


def _quoted(inner: Sequence[Char | Hole], start: int, end: int) -> Slot | None:
    holes = [part for part in inner if isinstance(part, Hole)]
    if any(hole.spec not in ("", "!s", "d", "i") for hole in holes):
        return None
    if len(inner) == 1:
        listed = _listed(holes[0].value)
        if listed is not None:
            return Slot(start, end, listed, is_list=True)
        if isinstance(holes[0].value, ast.Call) and _is_join(holes[0].value):
            return None
        return Slot(start, end, holes[0].text)
    written = ""
    for part in inner:
        if isinstance(part, Hole):
            if any(char in part.text for char in '"\\\n{}'):
                return _plain_sum(inner, start, end)
            written += f"{{{part.text}}}"
        else:
            written += _IN_F_STRING.get(part.char, part.char)
    return Slot(start, end, f'f"{written}"')


def _plain_sum(inner: Sequence[Char | Hole], start: int, end: int) -> Slot:
    """The parts with `+` between them, where an f-string could not hold them."""
    terms: list[str] = []
    literal = ""
    for part in inner:
        if isinstance(part, Char):
            literal += part.char
            continue
        if literal:
            terms.append(repr(literal))
        literal = ""
        terms.append(f"str({part.text})")
    return Slot(start, end, " + ".join([*terms, *([repr(literal)] if literal else [])]))


def _is_join(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "join" and len(node.args) == 1


def _listed(node: ast.expr) -> str | None:
    """What `", ".join(...)` joins, when that can be counted and bound."""
    if not (isinstance(node, ast.Call) and _is_join(node)):
        return None
    joined = node.args[0]
    if isinstance(joined, ast.Call) and ast.unparse(joined.func) == "map" and len(joined.args) == 2:
        if ast.unparse(joined.args[0]) not in ("str", "repr"):
            return None
        joined = joined.args[1]
    elif isinstance(joined, ast.GeneratorExp | ast.ListComp):
        made = joined.generators
        if len(made) != 1 or made[0].ifs or not isinstance(made[0].target, ast.Name):
            return None
        name = made[0].target.id
        plain = {name, f"str({name})", f"repr({name})", f"""f"'{{{name}}}'\""""}
        if ast.unparse(joined.elt) not in plain:
            return None
        joined = made[0].iter
    return ast.unparse(joined) if isinstance(joined, ast.Name | ast.Attribute) else None
