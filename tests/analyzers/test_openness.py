"""Where a text stands inside of a bracket or a string."""

from __future__ import annotations

import pytest

from analyzers.openness import State, states


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("f(a, [b", State(2, "")),
        ("f(a)", State(0, "")),
        (")", State(-1, "")),
        ("x = 'it", State(0, "'")),
        ("x = 'it' # (", State(0, "")),
        ('x = """a "b" (', State(0, '"""')),
        ('x = """a""" + (', State(1, "")),
        (r"x = '\'(", State(0, "'")),
    ],
)
def test_the_state_at_the_end(text: str, state: State) -> None:
    assert states(text + "\n" * (state.quote == ""), [len(text)]) == [state]


def test_every_end_has_its_own_state() -> None:
    text = "f('(', [1])"
    found = states(text, range(len(text) + 1))
    assert [state.depth for state in found] == [0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 1, 0]
    assert [bool(state.quote) for state in found] == [3 <= at <= 4 for at in range(len(text) + 1)]
