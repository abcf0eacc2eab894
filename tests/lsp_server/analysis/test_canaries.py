"""Whether engines that are asleep are noticed."""

from __future__ import annotations

import pytest

from lsp_server.analysis.analyzers import EngineState
from lsp_server.analysis.canaries import Canary, canaries, examine_engines


def test_every_engine_here_is_awake_and_says_its_version() -> None:
    states = examine_engines()
    assert [state.name for state in states] == [canary.engine for canary in canaries()]
    assert [state.why_not for state in states] == [None] * len(states)
    assert all(state.version for state in states)
    assert "bandit" in {state.name for state in states}


def raising() -> str:
    raise RuntimeError("secret path")


@pytest.mark.parametrize(
    ("look", "why_not"),
    [
        (lambda: "it did not find B301 where it is", "it did not find B301 where it is"),
        (raising, "RuntimeError in raising, line "),
    ],
)
def test_an_engine_that_finds_nothing_or_fails_is_broken(look: object, why_not: str) -> None:
    canary = Canary("bandit", ("python",), look, lambda: "1.9")  # type: ignore[arg-type]
    (state,) = examine_engines((canary,))
    assert state.why_not is not None
    assert state.why_not.startswith(why_not)
    assert "secret" not in state.why_not


def test_a_version_that_is_missing_makes_an_engine_broken() -> None:
    (state,) = examine_engines((Canary("bandit", ("python",), lambda: None, raising),))
    assert state == EngineState("bandit", "", ("python",), state.why_not)
    assert state.why_not is not None
