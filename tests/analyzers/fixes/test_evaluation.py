"""Data is read as a literal."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.evaluation import to_literal


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import ast\nx = «eval(text)»\n", "import ast\nx = ast.literal_eval(text)\n"),
        (
            "def load(text):\n    return «eval(text)»\n",
            "import ast\n\ndef load(text):\n    return ast.literal_eval(text)\n",
        ),
        (
            "from ast import literal_eval\nx = «eval(row['value'])»\n",
            "from ast import literal_eval\nx = literal_eval(row['value'])\n",
        ),
    ],
)
def test_eval_of_data(mend: Any, before: str, after: str) -> None:
    """The import is added, or used under its name."""
    assert mend(to_literal, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "x = «eval(expression)»\n",
        "def run_script(text):\n    return «eval(text)»\n",
        "x = «eval(text, names)»\n",
        "x = «eval(f'{a} + {b}')»\n",
        "«exec(text)»\n",
    ],
)
def test_eval_of_code_is_left(mend: Any, before: str) -> None:
    """What calculates, has names, or is put together cannot be a literal."""
    assert mend(to_literal, before) is None


def test_a_text_that_the_file_evaluates_has_to_be_a_literal(mend: Any) -> None:
    """What a call in the file hands over would fail."""
    before = "import ast\ndef parse(s):\n    return «eval(s)»\nparse('{}')\n"
    assert mend(to_literal, before.format("1 + 2 * 3")) is None
    assert mend(to_literal, before.format("[1, 2]")) is not None
