"""A slip of the fingers is told from another word, and the nearest name is really the nearest."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers.imports.folders import modules_in
from analyzers.imports.nearest import nearest, slip_of


@pytest.mark.parametrize(
    ("name", "meant"),
    [("reqeusts", "requests"), ("requets", "requests"), ("requsts", "requests"),
     ("numppy", "numpy"), ("nupmy", "numpy"), ("colections", "collections"),
     ("subproces", "subprocess"),
     ("tens0rflow", "tensorflow"), ("crpytography", "cryptography"), ("djnago", "django"),
     ("beautifulsuop", None), ("numpyy", "numpy"), ("sqlalchmey", "sqlalchemy")],
)  # fmt: skip
def test_a_slip_leads_to_the_famous_module(name: str, meant: str | None) -> None:
    assert slip_of(name) == meant


@pytest.mark.parametrize(
    "name",
    ["request", "clock", "flash", "panda", "profiler", "scheme", "cluster", "typos", "numbers2",
     "stack", "helpers", "server", "celerys", "maker", "strings", "mylib", "sensor", "redi"],
)  # fmt: skip
def test_another_word_is_no_slip(name: str) -> None:
    assert slip_of(name) is None


def test_the_nearest_is_looked_for_beside_first(tmp_path: Path) -> None:
    (tmp_path / "flaskk.py").touch()
    assert nearest("flaskkk") == "flask"
    assert nearest("flaskkk", (modules_in(str(tmp_path)),)) == "flaskk"
    assert nearest("completely_else_where") is None
    assert nearest("os2") is None
