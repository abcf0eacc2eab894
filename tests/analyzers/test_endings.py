"""What the end of a prefix tells."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

from analyzers.boundaries import boundaries
from analyzers.endings import is_waiting, unknown_name
from analyzers.openness import states
from analyzers.vocabulary import vocabulary

SOURCES = sorted((Path(__file__).parents[2] / "analyzers").glob("*.py"))


@pytest.mark.parametrize("path", random.Random(1).sample(SOURCES, 12), ids=lambda path: path.stem)
def test_what_waits_for_more_does_not_parse(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    ends = boundaries(text)[:: max(1, len(text) // 2000)]
    waiting = [text[:end] for end in ends if is_waiting(text[:end])]
    assert waiting
    for prefix in waiting:
        is_comment = "#" in prefix.rpartition("\n")[2]
        (state,) = states(prefix, [len(prefix)])
        if not is_comment and not state.quote:
            with pytest.raises(SyntaxError):
                ast.parse(prefix)


@pytest.mark.parametrize(
    "prefix", ["x", "x = ...", "x = 1.", "return", "x,", "from a import *", "a.in_"]
)
def test_what_can_run_waits_for_nothing(prefix: str) -> None:
    assert not is_waiting(prefix)


def test_a_name_that_occurs_nowhere_else_is_unknown() -> None:
    said = vocabulary(["total_sum = request.args\nvalue()\nit.held\n"])
    assert unknown_name("x = total_", said) == 4
    assert unknown_name("x = a.fra", said) == 6
    for known in (
        "x = value",
        "x = total_sum",
        "y.held",
        "x = request.form",
        "x = open",
        "x = ",
        "x)",
    ):
        assert unknown_name(known, said) is None
