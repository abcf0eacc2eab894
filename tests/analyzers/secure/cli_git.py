# mypy: ignore-errors
# ruff: noqa
"""The last changes of each file of a repository."""

import shutil
import subprocess
from pathlib import Path

GIT = shutil.which("git") or "git"


def git(repository, *args):
    return subprocess.run(
        [GIT, "-C", str(repository), *args], check=True, capture_output=True, text=True
    ).stdout


def last_changes(repository):
    names = git(repository, "ls-files", "-z").split("\0")
    return {
        name: git(repository, "log", "-1", "--format=%cI", "--", name).strip() for name in names
    }


def tags(repository):
    with subprocess.Popen(
        [GIT, "-C", str(repository), "tag"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        return [line.strip() for line in process.stdout]


if __name__ == "__main__":
    for name, when in sorted(last_changes(Path.cwd()).items()):
        print(when, name)
