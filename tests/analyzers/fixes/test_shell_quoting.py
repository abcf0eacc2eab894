"""Commands that are written in several statements."""

from __future__ import annotations

from typing import Any

from analyzers.fixes.shell import without_shell

_TEXT = (
    "import shlex, subprocess\n"
    "def f(url, to):\n"
    '    command = "git clone {{}}".format(url)\n'
    "    if to:\n        command += {}\n"
    "    return «subprocess.call(command, shell=True)»\n"
)


def test_each_piece_is_quoted(mend: Any) -> None:
    after = mend(without_shell, _TEXT.format('" " + to'))
    assert ".format(shlex.quote(str(url)))" in after
    assert 'command += " " + shlex.quote(to)' in after


def test_a_piece_that_is_not_known_leaves_the_whole(mend: Any) -> None:
    assert mend(without_shell, _TEXT.format("to")) is None
    assert mend(without_shell, _TEXT.format('" " + options')) is None
