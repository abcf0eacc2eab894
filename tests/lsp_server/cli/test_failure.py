"""A failed command: one line on stderr, and with --json one document on stdout."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.errors import DiskFull, LeadsmanError, ModelNotFound
from lsp_server.cli import main
from lsp_server.cli.failure import report

ANSWER_KEYS = {
    "completion", "model", "reason", "detail", "timings_ms", "tokens", "check", "error",
}  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with nothing in it."""
    monkeypatch.setenv("LEADSMAN_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "reason", "words"),
    [
        (["complete", "none.py", "1:0"], "failed", "none.py: no such file"),
        (["complete", ".", "1:0"], "failed", "is a directory"),
        (["complete", "bytes.py", "1:0"], "failed", "is not UTF-8"),
        (["complete", "a.py", "9:0"], "failed", "the line must be 1 to 2, not 9"),
        (["complete", "a.py", "1:99"], "failed", "the column must be 0 to 5, not 99"),
        (["complete", "a.py", "1:0"], "no_model", "no model is installed"),
        (["complete", "a.py", "1:0", "--model", "gpt"], "no_model", "unknown model 'gpt'"),
        (["complete", "a.py", "x"], "usage", "is not LINE:COL"),
        (["complete", "a.py"], "usage", "the following arguments are required: LINE:COL"),
        (["complete", "a.py", "1:0", "--seed", "-1"], "usage", "--seed"),
        (["complete", "a.py", "1:0", "--sed", "1"], "usage", "unrecognized arguments: --sed"),
    ],
)
def test_every_failure_of_complete_has_the_keys_of_an_answer(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    reason: str,
    words: str,
) -> None:
    monkeypatch.chdir(home)
    (home / "a.py").write_text("a = 1\n")
    (home / "bytes.py").write_bytes(b"\xff")
    assert main([*arguments, "--json"]) == 2
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert set(document) == ANSWER_KEYS
    assert (document["completion"], document["reason"]) == ("", reason)
    assert words in document["detail"]
    assert document["error"] == document["detail"]
    assert words in captured.err.splitlines()[-1]
    assert main(arguments) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "reason", "words"),
    [
        (["model", "show", "gpt"], "no_model", "unknown model"),
        (["model", "show"], "usage", "required: REF"),
        (["model", "pull", "x.gguf", "--jsn"], "usage", "--jsn"),
        (["model", "sing"], "usage", "invalid choice"),
        (["doctor", "--verbose"], "usage", "--verbose"),
        (["sing"], "usage", "invalid choice"),
        ([], "usage", "required"),
    ],
)
def test_every_other_command_tells_a_reason_and_an_error(
    capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str, words: str
) -> None:
    assert main([*arguments, "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"reason", "error"}
    assert document["reason"] == reason
    assert words in document["error"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DiskFull("full"), "failed"),
        (LeadsmanError("bad"), "failed"),
        (ModelNotFound("none"), "no_model"),
        (KeyError("oops"), "failed"),
    ],
)
def test_the_reason_follows_the_kind_of_error(
    capsys: pytest.CaptureFixture[str], error: Exception, reason: str
) -> None:
    report(error, ["doctor", "--json"])
    captured = capsys.readouterr()
    assert json.loads(captured.out)["reason"] == reason
    assert captured.err.count("\n") == 1


def test_an_argument_behind_two_dashes_is_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    report(LeadsmanError("bad"), ["complete", "--", "--json", "1:0"])
    assert capsys.readouterr().out == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
@pytest.mark.parametrize("form", [["--json"], ["--format", "sarif"], []])
@pytest.mark.parametrize("n_findings", [1, 500])
def test_a_full_disk_below_the_output_is_one_line(
    home: Path, form: list[str], n_findings: int
) -> None:
    (home / "a.py").write_text("def f(user):\n" + "    assert user.is_admin\n" * n_findings)
    code = "import sys; from lsp_server.cli import main; sys.exit(main())"
    command = [sys.executable, "-P", "-c", code, "review", "a.py", *form]
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            command, cwd=home, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "leadsman: the output cannot be written: No space left on device"
    )
    assert "Traceback" not in done.stderr
