"""Child processes that download."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codegen.engine import CancelToken
from codegen.errors import Cancelled, DownloadError
from codegen.store.child import Watch, run_child

WAIT_FOR_EVER = ["-c", "import sys; sys.stdin.read()"]


def test_what_a_child_says_comes_back_without_control_characters(tmp_path: Path) -> None:
    script = "import sys; print('fine'); sys.stderr.write('bad \\x1b[31m\\nü'); sys.exit(3)"
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    outcome = run_child(["-c", script], tmp_path, environment, Watch(CancelToken()))
    assert (outcome.code, outcome.stdout) == (3, "fine\n")
    assert outcome.stderr == "bad  [31m\nü"


def test_code_in_the_working_folder_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "pip.py").write_text("open('executed', 'w').close()")
    outcome = run_child(["-m", "pip", "--version"], tmp_path, os.environ, Watch(CancelToken()))
    assert outcome.stdout.startswith("pip ")
    assert [path.name for path in tmp_path.iterdir()] == ["pip.py"]


def test_a_child_ends_when_its_caller_loses_interest(tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        run_child(WAIT_FOR_EVER, tmp_path, os.environ, Watch(cancel))


def test_a_child_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="no answer within 0 s"):
        run_child(WAIT_FOR_EVER, tmp_path, os.environ, Watch(CancelToken(), limit_s=0))


def test_a_child_that_stands_still_is_ended_but_not_one_that_moves(tmp_path: Path) -> None:
    cancel = CancelToken()
    steps = iter(range(5))

    def moving() -> int:
        step = next(steps, None)
        if step is None:
            cancel.cancel()
        return step or 0

    with pytest.raises(DownloadError, match="nothing more came for 0 s"):
        run_child(WAIT_FOR_EVER, tmp_path, os.environ, Watch(cancel, stall_s=0, measure=lambda: 7))
    with pytest.raises(Cancelled):
        run_child(WAIT_FOR_EVER, tmp_path, os.environ, Watch(cancel, stall_s=60, measure=moving))
