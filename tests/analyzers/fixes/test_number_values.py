"""A list of arguments takes texts alone, so numbers are made texts as the command did."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.shell import without_shell


@pytest.mark.parametrize(
    ("before", "listed"),
    [
        ('«subprocess.run("head -n " + str(k) + " " + p, shell=True)»', '"head", "-n", str(k), p'),
        ('«subprocess.run(f"head -n {lines} {p}", shell=True)»', '"head", "-n", str(lines), p'),
        ('«subprocess.run("kill -9 %d" % it, shell=True)»', '"kill", "-9", str(it)'),
        ('«subprocess.run(f"sleep {int(t)}", shell=True)»', '"sleep", str(int(t))'),
        (
            "def f(a: int, b: str):\n    «subprocess.run(f'cut -c {a} {b}', shell=True)»",
            '"cut", "-c", str(a), b',
        ),
        (
            "def f(a, b=7):\n    «subprocess.run(f'cut -c {b} {a}', shell=True)»",
            '"cut", "-c", str(b), a',
        ),
        (
            "def f(port: str):\n    «subprocess.run(f'nc -p {port}', shell=True)»",
            '"nc", "-p", port',
        ),
        ('«subprocess.run("cat " + name, shell=True)»', '"cat", name'),
    ],
)
def test_what_may_be_a_number_is_made_a_text(mend: Any, before: str, listed: str) -> None:
    after = mend(without_shell, f"import subprocess\n{before}\n")
    assert after is not None
    assert f"subprocess.run([{listed}])" in after
