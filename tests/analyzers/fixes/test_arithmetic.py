"""What calculates goes on doing so, and runs nothing."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.evaluation import to_literal

_BEFORE = (
    "import os\n\n\nclass Calculator:\n    def compute(self, text):\n        return «eval(text)»\n"
)


def _compute(mend: Any, text: str) -> object:
    after = mend(to_literal, _BEFORE)
    assert after is not None
    assert "eval(text)" not in after.replace("_calculate(text)", "")
    held: dict[str, Any] = {}
    exec(compile(after, "mended", "exec"), held)
    return held["Calculator"]().compute(text)


@pytest.mark.parametrize(
    "text", ["1 + 2 * 3", "(4 - 1) / 2", "-7 // 2", "7 % 4 - +1", "2 ** 10", " 1.5e3 "]
)
def test_it_gives_what_eval_gave(mend: Any, text: str) -> None:
    value = _compute(mend, text)
    assert value == eval(text.strip())
    assert type(value) is type(eval(text.strip()))


@pytest.mark.parametrize(
    "text", ["__import__('os')", "os", "'a' * 3", "[1][0]", "9 ** 9 ** 9", "True", "1 if 2 else 3"]
)
def test_nothing_else_is_calculated(mend: Any, text: str) -> None:
    with pytest.raises(ValueError, match=r"can be calculated|too large"):
        _compute(mend, text)


def test_the_function_stands_above_the_decorators_of_what_calls_it(mend: Any) -> None:
    before = (
        "import flask\n\n@app.get('/')\ndef calc():\n    return «eval(flask.request.args['e'])»\n"
    )
    after = mend(to_literal, before)
    assert after.startswith("import ast\nimport operator\nimport flask\n\ndef _calculate(text):\n")
    assert after.index("body)\n\n\n@app.get") > 0


def test_imports_that_are_there_are_not_added(mend: Any) -> None:
    after = mend(to_literal, f"import ast\n{_BEFORE}")
    assert after.count("import ast\n") == 1
    assert after.count("import operator\n") == 1


@pytest.mark.parametrize(
    "before",
    [
        "def evaluate(text):\n    return «eval(text)»\n".replace("evaluate", "check_predicate"),
        "operator = 1\ndef calc(text):\n    return «eval(text)»\n",
        "def _calculate(text):\n    return «eval(text)»\n",
        "def calc(text):\n    return «eval(text, names)»\n",
    ],
)
def test_where_names_are_taken_or_more_is_run_it_is_left(mend: Any, before: str) -> None:
    assert mend(to_literal, before) is None
