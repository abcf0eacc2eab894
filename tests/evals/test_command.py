"""Exit codes that a gate can rely on: 1 is a verdict and never an accident."""

from __future__ import annotations

import argparse

import pytest

from evals.command import INTERRUPTED, run_command
from evals.errors import EvalError


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (EvalError("two\nlines"), 2, "two lines\n"),
        (ValueError("odd"), 2, "unexpected ValueError at test_command.py:"),
        (KeyboardInterrupt(), INTERRUPTED, "start again to go on"),
    ],
)
def test_a_failure_is_one_line_and_never_the_code_of_a_loss(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: argparse.Namespace) -> int:
        raise error

    assert run_command(run, argparse.Namespace()) == code
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_the_code_of_the_run_is_passed_on() -> None:
    assert run_command(lambda args: args.code, argparse.Namespace(code=1)) == 1
