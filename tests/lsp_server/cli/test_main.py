"""The dispatcher: which command runs, and what becomes of a failure."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import lsp_server.cli.complete as complete_command
from codegen.errors import LeadsmanError
from lsp_server.cli import main

ROOT = Path(__file__).parents[3]


def _raising(error: BaseException) -> object:
    def run(args: argparse.Namespace) -> int:
        raise error

    return run


def _run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        # Unbuffered, argparse meets the closed pipe by itself and says nothing of it.
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""},
    )


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name in ("serve", "complete", "model", "doctor"):
        assert name in shown


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    root = Path(__file__).resolve().parents[3]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert capsys.readouterr().out == f"leadsman {project['version']}\n"


@pytest.mark.parametrize("arguments", [[], ["sing"], ["complete"], ["complete", "x", "1"]])
def test_wrong_usage_is_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "usage:" in captured.err


def test_a_known_failure_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = LeadsmanError("the disk\nis full; free 2 GB")
    monkeypatch.setattr(complete_command, "run", _raising(error))
    assert main(["complete", "x", "1:0"]) == 2
    assert capsys.readouterr().err == "leadsman: the disk is full; free 2 GB\n"


def test_an_unknown_failure_is_one_line_that_says_how_to_see_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(complete_command, "run", _raising(KeyError("oops")))
    assert main(["complete", "x", "1:0"]) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert "KeyError" in shown
    assert "--debug" in shown


@pytest.mark.parametrize("place", [0, 3])
def test_debug_shows_the_traceback_wherever_it_is_typed(
    place: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(complete_command, "run", _raising(KeyError("oops")))
    arguments = ["complete", "x", "1:0"]
    arguments.insert(place, "--debug")
    assert main(arguments) == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), BrokenPipeError()])
def test_an_interrupt_is_quiet(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(complete_command, "run", _raising(error))
    monkeypatch.setattr(sys.modules["lsp_server.cli.main"], "_drop_stdout", lambda: None)
    assert main(["complete", "x", "1:0"]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_closed_pipe_ends_without_a_word() -> None:
    code = (
        "import os, sys\n"
        "reader, writer = os.pipe(); os.close(reader); os.dup2(writer, 1)\n"
        "from lsp_server.cli import main\n"
        "sys.exit(main(['--help']) or 0)\n"
    )
    finished = _run(code)
    assert (finished.returncode, finished.stderr) == (130, "")


def test_help_and_wrong_usage_import_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from lsp_server.cli import main\n"
        "codes = [main(['--help']), main(['complete', 'no-such-file', '1:0'])]\n"
        "others = {'lsp_server.cli.serve', 'lsp_server.cli.model', 'lsp_server.cli.doctor'}\n"
        "heavy = {'numpy', 'torch', 'pygls', 'lsprotocol', 'gguf', *others} & set(sys.modules)\n"
        "print(codes, heavy, file=sys.stderr)\n"
    )
    assert _run(code).stderr.splitlines()[-1] == "[0, 2] set()"


def test_the_packages_are_checked_before_anything_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise LeadsmanError("a foreign package")

    monkeypatch.setattr("lsp_server.startup_guard.check_own_packages", refuse)
    assert main(["--version"]) == 2
    assert capsys.readouterr() == ("", "leadsman: a foreign package\n")
