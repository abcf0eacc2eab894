"""Which files a review reads."""

from __future__ import annotations

import os
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pathspec

from analyzers.review import git
from analyzers.review.errors import ReviewError
from analyzers.review.file_names import language_of

# Larger files are data or were generated; they are named as unchecked, never passed over.
MOST_BYTES = 4 << 20
_FOLDERS_NEVER_READ = frozenset({".git", ".hg", ".svn", "__pycache__", "node_modules"})


@dataclass(frozen=True, slots=True)
class Target:
    """A file to review.

    shown: its path as reports name it.
    before: its text at the revision that it is compared with, None for a review of all of it.
    """

    path: Path
    shown: str
    language: str
    before: str | None = None


def targets(paths: Sequence[str], language: str | None = None) -> list[Target]:
    """The files that are named, and the source files below the folders that are named.

    language: of named files, whatever they are called.

    Raises:
        ReviewError: a path does not exist.
    """
    found: dict[str, Target] = {}
    for name in paths:
        path = _existing(name)
        if not path.is_dir():
            kind = language or language_of(path.name) or _language_within(path)
            found.setdefault(path.as_posix(), Target(path, path.as_posix(), kind))
            continue
        for below in _below(path):
            # A folder among the files is one that may not be read, which is to be said.
            kind_below = "" if below.is_dir() else language_of(below.name)
            if kind_below is not None:
                shown = below.as_posix()
                found.setdefault(shown, Target(below, shown, kind_below))
    return sorted(found.values(), key=lambda target: target.shown)


def changed_targets(paths: Sequence[str], revision: str) -> list[Target]:
    """The files below `paths` that differ from a revision, with the text they had there.

    Raises:
        ReviewError: a path does not exist, or lies in no git repository; no such revision.
    """
    found: dict[Path, Target] = {}
    for name in paths:
        given = _existing(name)
        folder = given if given.is_dir() else given.parent
        top = git.work_tree(folder)
        if top is None:
            raise ReviewError(f"{name} lies in no git repository, which --diff needs")
        for target in _changed(top, given.resolve(), git.commit_of(top, revision)):
            found.setdefault(target.path, target)
    return sorted(found.values(), key=lambda target: target.shown)


def _changed(top: Path, inside: Path, commit: str) -> Iterator[Target]:
    blobs = git.blobs(top, commit)
    names = {path.relative_to(top).as_posix(): path for path in git.listed(top)}
    gone = [name for name in blobs if not (top / name).exists()]
    for name, path in names.items():
        kind = language_of(path.name)
        real = path.parent.resolve() / path.name
        is_wanted = real == inside or inside in real.parents
        if kind is None or not is_wanted or path.is_symlink() or _is_foreign(path, top):
            continue
        try:
            data = path.read_bytes()
        except OSError:
            yield Target(path, _shown(path), kind)  # Whoever reads it says why it cannot be read.
            continue
        old = blobs.get(name)
        if old is None:
            before = _former_self(decoded(data, kind), kind, top, commit, gone)
        elif old == git.blob_hash(data, old):
            continue
        else:
            before = decoded(git.bytes_at(top, commit, name), kind) or ""
        yield Target(path, _shown(path), kind, before)


def _former_self(text: str | None, kind: str, top: Path, commit: str, gone: Sequence[str]) -> str:
    """The text of the file that was renamed to this one: most of its lines are the same."""
    lines = set((text or "").splitlines())
    best, most = "", len(lines) / 2
    for name in gone if lines else ():
        if language_of(name) != kind:
            continue
        before = decoded(git.bytes_at(top, commit, name), kind) or ""
        same = len(lines.intersection(before.splitlines()))
        if same > most:
            best, most = before, same
    return best


def _existing(name: str) -> Path:
    path = Path(name)
    if not name or not (path.exists() or path.is_symlink()):
        raise ReviewError(f"{name or repr(name)}: no such file or folder")
    return path


def decoded(data: bytes, language: str) -> str | None:
    """The text of a file, None for what is no text. A Python file may name its encoding."""
    encoding = "utf-8-sig"
    try:
        if language == "python":
            encoding = tokenize.detect_encoding(BytesIO(data).readline)[0]
        return data.decode(encoding)
    except (UnicodeDecodeError, SyntaxError, LookupError):
        return None


def _language_within(path: Path) -> str:
    """The language of a script that says who runs it; empty for what is not known."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            first = file.readline(200)
    except OSError:
        return ""
    match = re.match(rb"#!.*?\b(python|pypy|node|deno|bun)[\d.]*\b", first)
    if match is None:
        return ""
    return "python" if match[1].startswith(b"py") else "javascript"


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return Path(relative if not relative.startswith("..") else path).as_posix()


def _below(folder: Path) -> Iterator[Path]:
    """The regular files below a folder that no ignore file leaves out.

    A folder that is itself ignored was named on purpose: ignore files above it do not count.
    """
    if git.work_tree(folder) is not None and not git.is_ignored(folder):
        for path in git.listed(folder):
            if not path.is_symlink() and not _is_foreign(path, folder):
                yield path
        return
    yield from _walk(folder, [])


def _holds_foreign_code(folder: Path) -> bool:
    """Whether a folder is a tool's own, or holds installed packages."""
    return folder.name in _FOLDERS_NEVER_READ or os.path.isfile(folder / "pyvenv.cfg")  # noqa: PTH113  # Never raises.


def _is_foreign(path: Path, top: Path) -> bool:
    folders = [folder for folder in path.parents if top in folder.parents]
    return any(_holds_foreign_code(folder) for folder in folders)


def _walk(folder: Path, above: list[tuple[Path, pathspec.GitIgnoreSpec]]) -> Iterator[Path]:
    ignoring = above
    rules = folder / ".gitignore"
    if os.path.isfile(rules):  # noqa: PTH113  # Never raises.
        lines = rules.read_text(encoding="utf-8", errors="replace").splitlines()
        ignoring = [*above, (folder, pathspec.GitIgnoreSpec.from_lines(lines))]
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield folder
        return
    for entry in entries:
        path = Path(entry.path)
        is_folder = entry.is_dir(follow_symlinks=False)
        if _is_ignored(path, is_folder, ignoring):
            continue
        if is_folder:
            if not _holds_foreign_code(path):
                yield from _walk(path, ignoring)
        elif entry.is_file(follow_symlinks=False):
            yield path


def _is_ignored(
    path: Path, is_folder: bool, ignoring: list[tuple[Path, pathspec.GitIgnoreSpec]]
) -> bool:
    ignored = False
    for folder, spec in ignoring:
        name = path.relative_to(folder).as_posix() + ("/" if is_folder else "")
        verdict = spec.check_file(name).include
        ignored = ignored if verdict is None else verdict
    return ignored
