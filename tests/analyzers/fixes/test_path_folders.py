"""The folder of a path is everything that stands before the data."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.finding import Finding, Span, Step
from analyzers.fixes.path_folders import data_of, join_of


def _folder(text: str, source: str = "") -> str | None:
    text = f"import os, pathlib\npath = {text}\n"
    code = Code(text, ast.parse(text))
    assigned = code.tree.body[-1]
    assert isinstance(assigned, ast.Assign)
    at = code.span(assigned)
    steps: tuple[Step, ...] = ()
    if source:
        start = text.index(source)
        steps = (Step(Span(start, start + len(source)), "comes from"), Step(at, "is used"))
    data = data_of(code, Finding("a-rule", 22, "high", "high", at, "unsafe", steps))
    found = join_of(code, assigned.value, data)
    return None if found is None else found.folder


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("os.path.join(os.getcwd(), 'static', p)", "os.path.join(os.getcwd(), 'static')"),
        ("os.path.join(base, p)", "base"),
        ("base / 'static' / p", "(base / 'static')"),
        ("(a or b) / p", "(a or b)"),
        ("pathlib.Path(base, 'static', p)", "pathlib.Path(base, 'static')"),
        ("base.joinpath('static', p)", "base.joinpath('static')"),
        ("f'{base}/static/{p}'", 'f"{base}/static"'),
        ("base + '/static/' + p", 'f"{base}/static"'),
        ("'static/' + p", '"static"'),
    ],
)
def test_constants_before_the_first_value_are_part_of_the_folder(path: str, folder: str) -> None:
    """The parent's other files are not what is asked for."""
    assert _folder(path) == folder


def test_where_the_data_is_known_all_before_it_is_the_folder() -> None:
    """Values that have nothing to do with it too."""
    joined = "os.path.join(base, user, req.args['p'], 'x')"
    assert _folder(joined, "req.args") == "os.path.join(base, user)"
    assert _folder("base / user / req.args['p']", "req.args") == "(base / user)"
    assert _folder("f'{base}/{user}/{req.p}'", "req.p") == 'f"{base}/{user}"'


@pytest.mark.parametrize(
    "path",
    ["os.path.join(req.p, 'x')", "req.p / 'x'", "f'{req.p}/x/{y}'", "pathlib.Path(req.p, 'x')"],
)
def test_data_is_no_folder(path: str) -> None:
    """Whoever chooses the folder is held by no check."""
    assert _folder(path, "req.p") is None


@pytest.mark.parametrize("path", ["'/' + p", "os.path.join('/', p)", "os.path.join('', p)"])
def test_the_root_holds_every_path(path: str) -> None:
    """A check for it would never refuse."""
    assert _folder(path) is None
