"""Programs that run what they are given are told from those that read it."""

from __future__ import annotations

import pytest

from analyzers.fixes.runners import is_run, is_run_by_shell


@pytest.mark.parametrize(
    "command",
    [
        "python -c print(@)",
        "python3.11 @",
        "node -e @",
        "node --eval=@ a.js",
        "perl @ a",
        "bash -c @",
        "/bin/sh -c @",
        "ssh host ls @",
        "env @",
        "env A=1 ls @",
        "su -c @",
        "sudo python -c @",
        "sudo su root @",
        "find . -exec @ ;",
        "find @ -name x",
        "awk @ file",
        "sed s/a/@/ file",
        "xargs rm @",
        "docker run @",
        "psql -c @",
        "A=1 @ x",
        "@ x",
    ],
)
def test_these_run_a_value(command: str) -> None:
    """As code, as a program, or as an option that runs one."""
    assert is_run(command.replace("@", "\0").split())


@pytest.mark.parametrize(
    "command",
    [
        "ls -l @",
        "python tool.py @",
        "python3 -u tool.py @",
        "grep -r @ .",
        "find . -name @",
        "sudo systemctl restart @",
        "sudo -u www ls @",
        "sed s/a/b/ @",
        "awk {print} @",
        "LANG=C sort @",
        "git clone @",
        "tar xf @",
    ],
)
def test_these_read_it(command: str) -> None:
    """As a word."""
    assert not is_run(command.replace("@", "\0").split())


def test_every_command_of_a_line_is_asked() -> None:
    """What a pipe hands over is run by the one behind it."""
    assert is_run_by_shell("echo \0 | sh")
    assert is_run_by_shell("cd /tmp && ssh host 'ls \0'")
    assert is_run_by_shell("cat \0 2>&1 | python3")
    assert not is_run_by_shell("cat \0 2>&1 | grep '\0' | sort > \0")
