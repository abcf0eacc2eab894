"""Calls into a program, and what its failures are called."""

from __future__ import annotations

import pytest

from analyzers.sandbox import ProgramRaised, Sandbox


def test_a_call_returns_the_functions_value(sandbox: Sandbox) -> None:
    """Arguments by position and by name go in, a plain value comes out."""
    with sandbox.start("def f(x, *, by=1): return [x * by, {'by': by}]") as program:
        assert program.call("f", (3,), {"by": 7}) == [21, {"by": 7}]


def test_a_raising_call_names_the_exception_and_leaves_the_program_usable(
    sandbox: Sandbox,
) -> None:
    """An exception is an answer like any other."""
    with sandbox.start("def f(x): return 1 / x") as program:
        with pytest.raises(ProgramRaised) as caught:
            program.call("f", (0,))
        assert (caught.value.type_name, caught.value.message) == (
            "ZeroDivisionError",
            "division by zero",
        )
        assert program.call("f", (4,)) == 0.25


@pytest.mark.parametrize(
    ("source", "type_name"),
    [
        ("def f(:", "SyntaxError"),
        ("import no_such_module", "ModuleNotFoundError"),
        ("import sys; sys.exit(0)", "SystemExit"),
        ("x = '\ud800'", "UnicodeEncodeError"),
        ("a\0b", "SyntaxError"),
    ],
)
def test_a_module_that_does_not_load_raises_at_start(
    sandbox: Sandbox, source: str, type_name: str
) -> None:
    """Loading is the first call, and nothing of the program is left after it failed."""
    with pytest.raises(ProgramRaised) as caught:
        sandbox.start(source)
    assert caught.value.type_name == type_name
