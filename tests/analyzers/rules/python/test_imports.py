"""What the rules for imports offer, and what they say of a file in its project."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from analyzers.check import scan
from analyzers.code import Code
from analyzers.finding import Fix
from analyzers.project import Project
from analyzers.registry import rules


def _applied(text: str, fix: Fix) -> str:
    for edit in reversed(fix.edits):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("import reqeusts\nreqeusts.get(a)\n", "import requests\nrequests.get(a)\n"),
        ("from beautifulsoup4 import Soup\n", "from bs4 import Soup\n"),
        ("import numppy as np\nnp.zeros(1)\n", "import numpy as np\nnp.zeros(1)\n"),
    ],
)
def test_the_real_name_is_offered(text: str, fixed: str) -> None:
    (finding,) = scan(text, "python").findings
    registered = rules()[finding.rule]
    assert registered.fix is not None
    fix = registered.fix(Code(text, ast.parse(text)), finding)
    assert fix is not None
    assert _applied(text, fix) == fixed
    assert scan(fixed, "python").findings == ()


def test_nothing_is_offered_where_nothing_comes_near(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    project = Project(tmp_path / "a.py", tmp_path)
    text = "import frobnicator_of_widgets\n"
    (finding,) = scan(text, "python", project=project).findings
    assert (finding.rule, finding.severity, finding.confidence) == (
        "unknown-import", "medium", "medium",
    )  # fmt: skip
    registered = rules()["unknown-import"]
    assert registered.fix is not None
    code = Code(text, ast.parse(text), project=project)
    assert registered.fix(code, finding) is None


def test_an_import_within_the_package_is_looked_for_on_disk(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    for name in ("__init__.py", "helpers.py", "main.py"):
        (package / name).touch()
    project = Project(package / "main.py", tmp_path)
    text = (
        "from . import anything\nfrom .helpers import a\nfrom .helper import b\n"
        "from ._version import c\nfrom .things_pb2 import d\n"
        "try:\n    from .fast import e\nexcept ImportError:\n    pass\n"
        "if TYPE_CHECKING:\n    from .types_only import f\n"
    )
    found = scan(text, "python", project=project).findings
    places = [(text[f.span.start : f.span.end], f.confidence) for f in found]
    assert places == [("helper", "medium"), ("types_only", "low")]
    assert "helpers" in found[0].message


def test_a_guarded_import_is_said_softly_or_not_at_all() -> None:
    guarded = "try:\n    import {}\nexcept ImportError:\n    pass\n"
    assert scan(guarded.format("flask_quantum_guard"), "python").findings == ()
    (finding,) = scan(guarded.format("reqeusts"), "python").findings
    assert (finding.rule, finding.confidence) == ("typosquat-import", "low")


def test_hostile_names_harm_nothing() -> None:
    for name in ("é" * 50, "a" * 5000, "_", "__", "a." * 500 + "a", "И"):
        assert not scan(f"import {name}\nfrom {name} import x\n", "python").problems
