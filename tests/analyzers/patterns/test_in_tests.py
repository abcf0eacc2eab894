"""What a place says of being in a test."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.patterns.in_tests import is_in_test, is_test_file


def _code(text: str) -> Code:
    return Code(text, ast.parse(text))


def _is_in_test(text: str) -> bool:
    code = _code(text)
    return is_in_test(code, next(iter(code.nodes(ast.Constant))))


@pytest.mark.parametrize(
    "text",
    [
        "def test_x():\n    a = 1\n",
        "class TestX:\n    def m(self):\n        a = 1\n",
        "def fake_user():\n    a = 1\n",
        "@pytest.fixture\ndef user():\n    a = 1\n",
        "import pytest\na = 1\n",
        "from unittest import mock\na = 1\n",
        "from fastapi.testclient import TestClient\na = 1\n",
    ],
)
def test_tests_are_known_by_their_names_and_imports(text: str) -> None:
    assert _is_in_test(text)


@pytest.mark.parametrize(
    "text",
    [
        "a = 1\n",
        "def latest():\n    a = 1\n",
        "def contest_x():\n    a = 1\n",
        "import test\na = 1\n",
    ],
)
def test_other_places_are_in_no_test(text: str) -> None:
    assert not _is_in_test(text)


def test_a_function_alone_makes_no_file_of_tests() -> None:
    assert not is_test_file(_code("def test_x():\n    pass\n"))
    assert is_test_file(_code("import hypothesis.strategies\n"))
