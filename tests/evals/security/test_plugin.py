"""Functions are named on the command line; what cannot be loaded is one line."""

from __future__ import annotations

import pytest

from evals.errors import DatasetError
from evals.security import bandit_finder
from evals.security.finding import Scan, Span
from evals.security.plugin import Guarded, load_finder, load_function


def test_a_function_is_found_by_its_name() -> None:
    name = "evals.security.bandit_finder:find"
    assert load_function(name, "--finder") is bandit_finder.find
    assert len(load_finder(name)("eval(a)\n", None, "python").findings) == 1


@pytest.mark.parametrize(
    "name",
    ["", "evals", ":find", "evals:", "no.such.module:f", "evals.errors:nothing", "evals:__doc__"],
)
def test_what_is_no_function_is_one_line(name: str) -> None:
    with pytest.raises(DatasetError, match="--finder") as caught:
        load_function(name, "--finder")
    assert "\n" not in str(caught.value)


def test_a_finder_that_raises_leaves_the_text_unchecked() -> None:
    def broken(text: str, span: Span | None, language: str) -> Scan:
        raise KeyError("broken")

    assert Guarded(broken)("a", None, "python") == Scan((), "unchecked", "KeyError: 'broken'")


def test_a_finder_that_cannot_work_here_ends_the_run() -> None:
    def missing(text: str, span: Span | None, language: str) -> Scan:
        raise DatasetError("not installed")

    with pytest.raises(DatasetError, match="not installed"):
        Guarded(missing)("a", None, "python")
