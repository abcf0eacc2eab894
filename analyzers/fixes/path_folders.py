"""The folder that a path is to stay in: everything that stands before the data in it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from analyzers.code import Code
from analyzers.finding import Finding, Span
from analyzers.fixes.parts import Hole, Template
from analyzers.fixes.places import last_name, nodes_on_lines
from analyzers.fixes.templates import is_string, template
from analyzers.fixes.ways import tainted
from analyzers.fixes.writing import source

_PATHS = ("pathlib.Path", "pathlib.PurePath")
# Every path lies below these, or nobody said what is.
_NO_FOLDERS = ('"/"', "'/'", '""', "''")
_ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


@dataclass(frozen=True, slots=True)
class Join:
    """`folder` is the text of what the path is to stay in; a `pathlib` path or a string."""

    node: ast.expr
    folder: str
    is_pathlib: bool


@dataclass(frozen=True, slots=True)
class Data:
    """What carries the data of a finding: variables, and places of the text. Both may be empty."""

    names: frozenset[str]
    places: tuple[Span, ...]

    def is_in(self, code: Code, node: ast.expr) -> bool:
        """Whether an expression holds some of it."""
        return any(
            (isinstance(part, ast.Name) and part.id in self.names)
            or (
                isinstance(part, ast.expr)
                and any(code.span(part).overlaps(place) for place in self.places)
            )
            for part in ast.walk(node)
        )


def data_of(code: Code, finding: Finding) -> Data:
    """The data that the finding speaks of."""
    places = tuple(step.span for step in finding.steps[:1] if step.span != finding.span)
    given = {
        node.arg
        for place in places
        for node in nodes_on_lines(code, place)
        if isinstance(node, ast.arg) and code.span(node).overlaps(place)
    }
    return Data(tainted(code, finding) | given, places)


def join_of(code: Code, node: ast.expr, data: Data) -> Join | None:
    """The folder of a path that is put together here; None where there is none, or it is data."""
    found = _join(code, node, data)
    return None if found is None or found.folder in _NO_FOLDERS else found


def _join(code: Code, node: ast.expr, data: Data) -> Join | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _divided(code, node, data)
    if isinstance(node, ast.Call) and not node.keywords:
        name = code.name(node.func) or ""
        if name == "os.path.join" or name in _PATHS:
            kept = _kept(code, node.args, data)
            if kept is None:
                return None
            given = ", ".join(source(code, arg) for arg in kept)
            called = f"{source(code, node.func)}({given})"
            if name in _PATHS:
                return Join(node, called, is_pathlib=True)
            return Join(node, called if len(kept) > 1 else given, is_pathlib=False)
        if last_name(node.func) == "joinpath" and isinstance(node.func, ast.Attribute):
            start = node.func.value
            kept = _kept(code, [start, *node.args], data)
            if kept is None:
                return None
            given = ", ".join(source(code, arg) for arg in kept[1:])
            called = f"{source(code, node.func)}({given})"
            return Join(node, called if given else _operand(code, start), is_pathlib=True)
    return _of_string(code, node, data) if is_string(node) else None


def _divided(code: Code, node: ast.BinOp, data: Data) -> Join | None:
    """`folder / name`."""
    above = code.parent(node)
    if isinstance(above, ast.BinOp) and isinstance(above.op, ast.Div) and above.left is node:
        return None
    wholes: list[ast.expr] = []
    operands: list[ast.expr] = []
    at: ast.expr = node
    while isinstance(at, ast.BinOp) and isinstance(at.op, ast.Div):
        wholes.append(at)
        operands.append(at.right)
        at = at.left
    wholes = [at, *reversed(wholes)]
    kept = _kept(code, [at, *reversed(operands)], data)
    if kept is None:
        return None
    return Join(node, _operand(code, wholes[len(kept) - 1]), is_pathlib=True)


def _operand(code: Code, node: ast.expr) -> str:
    """An expression of which a method is to be called."""
    text = source(code, node)
    return text if isinstance(node, _ATOMS) else f"({text})"


def _kept(code: Code, parts: Sequence[ast.expr], data: Data) -> Sequence[ast.expr] | None:
    """The parts before the data; where it is not known which they are, before the first value."""
    if len(parts) < 2 or any(isinstance(part, ast.Starred) for part in parts):
        return None
    holding = [i for i, part in enumerate(parts) if data.is_in(code, part)]
    if holding:
        return parts[: holding[0]] or None
    end = 1
    while end < len(parts) - 1 and isinstance(parts[end], ast.Constant):
        end += 1
    return parts[:end]


def _of_string(code: Code, node: ast.expr, data: Data) -> Join | None:
    """`f"{folder}/{name}"`, `"folder/" + name` and their like."""
    if isinstance(code.parent(node), ast.BinOp | ast.JoinedStr):
        return None
    made = template(code, node)
    if made is None or "\n" in made.constant or "\\" in made.constant or not made.holes:
        return None
    end = _start_of_data(code, made, data)
    before = made.constant[:end]
    folder, slash, rest = before.rpartition("/")
    is_named_apart = not rest or "\0" in before
    if not slash or "://" in before or " " in before or not is_named_apart:
        return None
    text = _text(made, len(folder))
    return None if text is None else Join(node, text, is_pathlib=False)


def _start_of_data(code: Code, made: Template, data: Data) -> int:
    """Where among the parts the first value stands that is no folder."""
    places = [i for i, part in enumerate(made.parts) if isinstance(part, Hole)]
    holding = [
        i for i, hole in zip(places, made.holes, strict=True) if data.is_in(code, hole.value)
    ]
    if holding:
        return holding[0]
    is_folder_first = places[0] == 0 and len(places) > 1
    return places[1] if is_folder_first else places[0]


def _text(made: Template, end: int) -> str | None:
    """The first parts of a string as an expression."""
    parts = made.parts[:end]
    holes = [part for part in parts if isinstance(part, Hole)]
    if len(parts) == len(holes) == 1:
        return holes[0].text
    written = ""
    for part in parts:
        if isinstance(part, Hole):
            if part.spec or any(char in part.text for char in "\"'\\\n{}"):
                return None
            written += f"{{{part.text}}}"
        elif part.char in '"\\{}':
            return None
        else:
            written += part.char
    return f'f"{written}"' if holes else f'"{written or "/"}"'
