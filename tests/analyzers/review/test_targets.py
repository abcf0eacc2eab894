"""Which files are read: named ones always, of folders what no ignore file leaves out."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from analyzers.policy import Policy
from analyzers.project import Project
from analyzers.review.errors import GitError, ReviewError
from analyzers.review.reviewing import Job, review_target
from analyzers.review.targets import changed_targets, decoded, targets


def _write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    _write(
        tmp_path,
        _DOT_gitignore="build/\n*.gen.py\n",
        a_DOT_py="x = 1\n",
        b_DOT_gen_DOT_py="x = 1\n",
        build__c_DOT_py="x = 1\n",
        sub___DOT_gitignore="!kept.gen.py\nlocal.py\n",
        sub__kept_DOT_gen_DOT_py="x = 1\n",
        sub__local_DOT_py="x = 1\n",
        sub__d_DOT_ts="let x = 1\n",
        sub__e_DOT_png="no text",
        node_modules__f_DOT_js="x\n",
        env__pyvenv_DOT_cfg="",
        env__g_DOT_py="x = 1\n",
    )
    return tmp_path


def _shown(root: Path, found: list[object]) -> list[str]:
    return [Path(target.shown).relative_to(root).as_posix() for target in found]  # type: ignore[attr-defined]


def test_ignore_files_of_every_level_are_honoured_outside_of_git(folder: Path) -> None:
    found = targets([str(folder)])
    assert _shown(folder, [*found]) == ["a.py", "sub/d.ts", "sub/kept.gen.py"]


def test_in_a_repository_git_decides_and_tracked_files_are_read(folder: Path) -> None:
    _git(folder, "init", "-q")
    _git(folder, "add", "-f", "b.gen.py")
    found = targets([str(folder)])
    assert _shown(folder, [*found]) == ["a.py", "b.gen.py", "sub/d.ts", "sub/kept.gen.py"]


def test_a_named_folder_is_read_whatever_ignores_it(folder: Path) -> None:
    _git(folder, "init", "-q")
    assert _shown(folder, [*targets([str(folder / "build")])]) == ["build/c.py"]
    assert _shown(folder, [*targets([str(folder / "env")])]) == ["env/g.py", "env/pyvenv.cfg"]


def test_a_named_file_is_read_whatever_ignores_it_and_once(folder: Path) -> None:
    ignored = str(folder / "build" / "c.py")
    assert [t.shown for t in targets([ignored, ignored])] == [ignored]


def test_the_language_comes_from_the_name_or_from_the_user(folder: Path) -> None:
    odd = folder / "script"
    odd.write_text("x = 1\n")
    assert targets([str(odd)])[0].language == ""
    assert targets([str(odd)], "python")[0].language == "python"


@pytest.mark.parametrize(
    ("first", "language"),
    [("#!/usr/bin/env python3.12\n", "python"), ("#!/usr/bin/node\n", "javascript"), ("", "")],
)
def test_a_script_says_its_language_itself(tmp_path: Path, first: str, language: str) -> None:
    (tmp_path / "tool").write_text(first + "x\n")
    assert targets([str(tmp_path / "tool")])[0].language == language


def test_a_folder_that_may_not_be_read_is_named_and_the_rest_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def shut(path: Path) -> object:
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("os.scandir", shut)
    found = targets([str(folder)])
    assert _shown(folder, [*found]) == ["a.py", "sub"]
    report = review_target(found[1], Job(Policy(), Project())).report
    assert report.why == "a folder that may not be read"


def test_an_empty_name_is_no_folder() -> None:
    with pytest.raises(ReviewError, match="no such file"):
        targets([""])


def test_a_file_that_git_was_told_to_assume_unchanged_is_looked_at(folder: Path) -> None:
    _git(folder, "init", "-q")
    _git(folder, "add", ".")
    _git(folder, "commit", "-qm", "first")
    _git(folder, "update-index", "--assume-unchanged", "a.py")
    (folder / "a.py").write_text("x = 2\n")
    assert [t.path.name for t in changed_targets([str(folder)], "HEAD")] == ["a.py"]


def test_a_missing_path_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match=r"gone\.py: no such file"):
        targets([str(tmp_path / "gone.py")])


def test_a_change_brings_the_text_before_it_renames_and_new_files_too(folder: Path) -> None:
    _git(folder, "init", "-q")
    _git(folder, "add", ".")
    _git(folder, "commit", "-qm", "first")
    _git(folder, "mv", "sub/d.ts", "sub/renamed.ts")
    (folder / "a.py").write_text("x = 2\n")
    (folder / "new.py").write_text("y = 1\n")
    (folder / "sub" / "kept.gen.py").unlink()
    found = {
        t.path.relative_to(folder).as_posix(): t for t in changed_targets([str(folder)], "HEAD")
    }
    assert sorted(found) == ["a.py", "new.py", "sub/renamed.ts"]
    assert found["a.py"].before == "x = 1\n"
    assert found["new.py"].before == ""
    assert found["sub/renamed.ts"].before == "let x = 1\n"


def test_only_changes_below_the_paths_count(folder: Path) -> None:
    _git(folder, "init", "-q")
    _git(folder, "add", ".")
    _git(folder, "commit", "-qm", "first")
    (folder / "a.py").write_text("x = 2\n")
    (folder / "sub" / "d.ts").write_text("let x = 2\n")
    assert [t.path.name for t in changed_targets([str(folder / "sub")], "HEAD")] == ["d.ts"]
    assert [t.path.name for t in changed_targets([str(folder / "a.py")], "HEAD")] == ["a.py"]


def test_a_repository_cannot_make_git_run_its_programs(folder: Path) -> None:
    _git(folder, "init", "-q")
    _git(folder, "add", ".")
    _git(folder, "commit", "-qm", "first")
    ran = folder / "ran"
    settings = ("core.fsmonitor", "diff.external", "diff.x.textconv")
    for setting in (*settings, "filter.x.clean", "filter.x.smudge", "filter.x.process"):
        _git(folder, "config", setting, f"touch {ran}; false")
    (folder / ".gitattributes").write_text("*.py diff=x filter=x\n")
    (folder / "a.py").write_text("x = 2\n")
    assert [t.path.name for t in changed_targets([str(folder)], "HEAD")] == ["a.py"]
    targets([str(folder)])
    assert not ran.exists()


@pytest.mark.parametrize("revision", ["nothing", "--output=x", "", "HEAD~7"])
def test_an_unknown_revision_is_said(folder: Path, revision: str) -> None:
    _git(folder, "init", "-q")
    _git(folder, "add", "a.py")
    _git(folder, "commit", "-qm", "first")
    with pytest.raises(GitError, match="no revision"):
        changed_targets([str(folder)], revision)


def test_a_folder_outside_of_git_has_no_changes_to_show(folder: Path) -> None:
    with pytest.raises(ReviewError, match="no git repository"):
        changed_targets([str(folder)], "HEAD")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'é'\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"x = '\xff'\n", None),
        (b"# coding: no-such-thing\n", None),
        (b"a\r\nb\r", "a\r\nb\r"),
    ],
)
def test_python_files_are_decoded_as_python_decodes_them(data: bytes, text: str | None) -> None:
    assert decoded(data, "python") == text
