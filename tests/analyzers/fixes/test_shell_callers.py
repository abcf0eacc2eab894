"""Commands that a function is handed as one text."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.shell import without_shell

_TEXT = (
    "import shlex, subprocess\n"
    "def sh(line):\n    return «subprocess.run(line, shell=True)»\n"
    "def f(name):\n    sh({})\n"
)


def test_the_callers_quote_and_the_function_splits(mend: Any) -> None:
    after = mend(without_shell, _TEXT.format('f"wc -l {name}"'))
    assert "subprocess.run(shlex.split(line))" in after
    assert 'sh(f"wc -l {shlex.quote(str(name))}")' in after


@pytest.mark.parametrize(
    "command", ['f"wc -l {name} | sort"', 'f"{name} -l"', 'f"sh -c {name}"', "name", '"a *.py"']
)
def test_what_needs_a_shell_or_is_not_seen_is_left(mend: Any, command: str) -> None:
    assert mend(without_shell, _TEXT.format(command)) is None
