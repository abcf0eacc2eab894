"""Asks git, without letting the repository's own settings run a program."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path

from analyzers.review.errors import GitError

# A repository may name programs that git would start for these.
# What git only warns of: a folder that it may not read. It is listed like a file.
_SHUT = re.compile(rb"warning: could not open directory '(.+)/': ")
_HARMLESS = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-optional-locks")


def git(folder: Path, *arguments: str) -> bytes:
    """What git prints.

    Raises:
        GitError: git is not installed, or says no.
    """
    command = ["git", *_HARMLESS, "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            check=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise GitError("git is not on the PATH; install it, or name the files") from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        raise GitError(f"git says: {lines[-1] if lines else error}") from None
    return done.stdout + b"".join(b"%b\0" % folder for folder in _SHUT.findall(done.stderr))


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


def listed(folder: Path) -> list[Path]:
    """The files below a folder that git tracks or would let one add, and that are there.

    Raises:
        GitError: as `git`.
    """
    out = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ".")
    # `lexists` says no where another would raise.
    return [folder / name for name in _names(out) if os.path.lexists(folder / name)]


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


def blobs(top: Path, commit: str) -> dict[str, str]:
    """The files of a commit by their paths, each with the hash of what is in it.

    Raises:
        GitError: as `git`.
    """
    found: dict[str, str] = {}
    for entry in _names(git(top, "ls-tree", "-r", "-z", "--full-tree", commit)):
        about, _, name = entry.partition("\t")
        mode, kind, digest = about.split(" ")
        if kind == "blob" and mode != "120000":
            found[name] = digest
    return found


def blob_hash(data: bytes, like: str) -> str:
    """What git calls these bytes in a repository with hashes like this one.

    Asking git would run the filters that the repository's settings name.
    """
    kind = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return kind(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def bytes_at(top: Path, commit: str, name: str) -> bytes:
    """A file's bytes in a commit.

    Raises:
        GitError: it is not there.
    """
    return git(top, "cat-file", "blob", f"{commit}:{name}")


def _names(out: bytes) -> list[str]:
    return [name.decode(errors="surrogateescape") for name in out.split(b"\0") if name]
