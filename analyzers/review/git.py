"""Asks git, without letting the repository's own settings run a program."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from analyzers.review.errors import GitError

# A repository may name programs that git would start for these.
_HARMLESS = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-optional-locks")


def git(folder: Path, *arguments: str) -> bytes:
    """What git prints.

    Raises:
        GitError: git is not installed, or says no.
    """
    command = ["git", *_HARMLESS, "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        raise GitError("git is not on the PATH; install it, or name the files") from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        raise GitError(f"git says: {lines[-1] if lines else error}") from None
    return done.stdout


def work_tree(folder: Path) -> Path | None:
    """The top of the work tree that holds a folder, None outside of one or without git."""
    try:
        top = git(folder, "rev-parse", "--show-toplevel")
    except GitError:
        return None
    return Path(top.decode(errors="surrogateescape").rstrip("\n"))


def is_ignored(folder: Path) -> bool:
    """Whether an ignore file of its work tree leaves a folder out."""
    place = folder.resolve()
    try:
        git(place.parent, "check-ignore", "--quiet", "--", f"{place.name}/")
    except GitError:
        return False  # It is not; git says so by its exit code.
    return True


@dataclass(frozen=True, slots=True)
class Change:
    """A file that differs from a revision; `old` is its path there, None for a new file."""

    path: Path
    old: str | None


def listed(folder: Path) -> list[Path]:
    """The files below a folder that git tracks or would let one add.

    Raises:
        GitError: as `git`.
    """
    out = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ".")
    return [folder / name for name in _names(out)]


def commit_of(top: Path, revision: str) -> str:
    """The hash of the commit that a user names.

    Raises:
        GitError: there is no such revision.
    """
    # "--end-of-options" keeps a revision that begins with a dash from being an option.
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    try:
        return git(top, *asked).decode().strip()
    except GitError:
        raise GitError(f"{revision!r} is no revision of the repository at {top}") from None


def changes(top: Path, commit: str) -> list[Change]:
    """The files of the work tree that differ from a commit, untracked ones too.

    Raises:
        GitError: as `git`.
    """
    flags = ("--no-ext-diff", "--no-textconv", "--name-status", "-z", "--find-renames")
    fields = _names(git(top, "diff", *flags, commit, "--"))
    found: list[Change] = []
    while fields:
        status = fields.pop(0)
        old = fields.pop(0)
        if status[0] in "RC":
            found.append(Change(top / fields.pop(0), old))
        elif status[0] == "A":
            found.append(Change(top / old, None))
        elif status[0] != "D":
            found.append(Change(top / old, old))
    others = git(top, "ls-files", "-z", "--others", "--exclude-standard")
    return found + [Change(top / name, None) for name in _names(others)]


def bytes_at(top: Path, commit: str, name: str) -> bytes:
    """A file's bytes in a commit.

    Raises:
        GitError: it is not there.
    """
    return git(top, "cat-file", "blob", f"{commit}:{name}")


def _names(out: bytes) -> list[str]:
    return [name.decode(errors="surrogateescape") for name in out.split(b"\0") if name]
