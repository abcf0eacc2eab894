"""`leadsman review --help` says what each argument does."""

from __future__ import annotations

import argparse

import pytest

from lsp_server.cli import main
from lsp_server.cli.review_arguments import add_parser


def test_every_argument_is_described() -> None:
    subparsers = argparse.ArgumentParser().add_subparsers()
    add_parser(subparsers)
    actions = subparsers.choices["review"]._actions
    assert [action.dest for action in actions if not action.help] == []


def test_the_help_names_levels_formats_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "medium (the default), high, or never" in said
    assert "SARIF 2.1.0" in said
    assert "Exit code 0: nothing at or above --fail-on. 1:" in said
