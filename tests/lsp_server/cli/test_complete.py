"""`leadsman complete` with a scripted engine."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import pytest

from analyzers.report import Report
from codegen.engine import Infill
from codegen.errors import LeadsmanError, ModelNotFound
from codegen.store.model import StoredModel
from lsp_server.analysis.analyst import Analyst
from lsp_server.analysis.analyzers import LocalAnalyzers
from lsp_server.cli.complete import add_parser, run
from tests.scripted_engine import Script, ScriptedEngine, says

MODEL = StoredModel(
    name="scripted",
    format="gguf",
    path=Path("scripted.gguf"),
    bytes=0,
    digest="",
    licence="",
    source="local",
    converted_dir=Path(),
)


def _args(*arguments: str | Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    return parser.parse_args(["complete", *map(str, arguments)])


class Stage:
    """A command run with a scripted engine in place of a model."""

    def __init__(self, script: Script) -> None:
        self.engine = ScriptedEngine(script)
        self.refs: list[str | None] = []

    def run(self, *arguments: str | Path, analyst: Analyst | None = None) -> int:
        return run(_args(*arguments), self._find, lambda model: self.engine, analyst)

    def _find(self, ref: str | None) -> StoredModel:
        self.refs.append(ref)
        return MODEL


def _infill(stage: Stage) -> Infill:
    prompt = stage.engine.requests[0].prompt
    assert isinstance(prompt, Infill)
    return prompt


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_bytes(b"a = 1\nb = \nc = 3\n")
    return path


def test_json_is_one_document_with_everything(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = Stage(says("a + 1", "\n", "never"))
    assert stage.run(file, "2:4", "--json") == 0
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert document["completion"] == "a + 1"
    assert document["model"] == "scripted"
    assert document["reason"] is None
    assert set(document["timings_ms"]) == {
        "queue",
        "prompt",
        "prefill",
        "decode",
        "filter",
        "check",
        "total",
    }
    assert document["check"] == {
        "verdict": "allow",
        "level": "whole file",
        "findings": [],
        "why": "",
    }
    counts = {"prompt": 7, "reused": 3, "completion": 2, "drafted": 0, "accepted": 0}
    assert document["tokens"] == counts
    assert captured.err == ""
    assert stage.engine.is_closed


@pytest.fixture
def unsafe(tmp_path: Path) -> Path:
    path = tmp_path / "unsafe.py"
    path.write_bytes(b"import requests\n\nr = \n")
    return path


def test_unsafe_text_is_withheld_and_the_document_says_what_was_found(
    unsafe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = Stage(says("requests.get(u, ", "verify=False)"))
    arguments = (unsafe, "3:4", "--json")
    assert stage.run(*arguments) == 0
    document = json.loads(capsys.readouterr().out)
    check = document["check"]
    assert [found["rule"] for found in check["findings"]] == ["tls-verification-off"]
    assert check["findings"][0]["start"]["line"] == 3
    assert check["level"] == "whole file"
    if check["verdict"] == "fix":
        assert "verify=False" not in document["completion"]
        assert document["reason"] is None
    else:
        assert (check["verdict"], document["completion"]) == ("block", "")
        assert document["reason"] == "blocked"
        assert document["detail"] == check["why"]


def broken() -> Analyst:
    """Of which every check fails."""

    class Raising(LocalAnalyzers):
        def check(self, *_: object) -> Report:
            raise RuntimeError("secret document text")

    return Analyst(Raising())


def test_a_check_that_fails_withholds_the_text_and_says_so(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = Stage(says("a + 1"))
    assert stage.run(file, "2:4", analyst=broken()) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("no completion: unchecked (the check failed: RuntimeError in ")
    assert "secret" not in captured.err


def test_unchecked_text_is_printed_and_marked_where_it_is_wanted(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = Stage(says("a + 1"))
    assert stage.run(file, "2:4", "--unchecked", "annotate", analyst=broken()) == 0
    captured = capsys.readouterr()
    assert captured.out == "a + 1\n"
    assert captured.err.startswith("unchecked: the check failed: ")


def test_a_finding_that_does_not_withhold_is_said_beside_the_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "guard.py"
    path.write_text("def f(user):\n    \n")
    assert Stage(says("assert user.is_admin")).run(path, "2:4") == 0
    captured = capsys.readouterr()
    assert "is_admin" in captured.out
    assert "[assert-guard, CWE-703, line 2]" in captured.err


def test_plain_output_is_the_text(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Stage(says("a + 'ä😀'")).run(file, "2:4") == 0
    assert capsys.readouterr() == ("a + 'ä😀'\n", "")


def test_an_empty_answer_says_why_and_is_no_failure(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Stage(says()).run(file, "2:4") == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "model_stopped" in captured.err


def test_an_engine_that_failed_is_code_1(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage(lambda _: RuntimeError("no memory"))
    assert stage.run(file, "2:4", "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["completion"], document["reason"]) == ("", "failed")
    assert "no memory" in document["detail"]


def test_the_options_reach_the_request(file: Path) -> None:
    stage = Stage(says("1"))
    stage.run(
        file, "2:4", "--model", "big", "--max-tokens", "5", "--temperature", "0.5", "--seed", "7"
    )
    (request,) = stage.engine.requests
    assert stage.refs == ["big"]
    assert request.stop.max_new_tokens == 5
    assert (request.sampling.temperature, request.sampling.seed) == (0.5, 7)


def test_multiline_is_the_user_s_choice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.py"
    path.write_text("def f():\n", encoding="utf-8")
    script = says("\n    a = 1\n    b = 2\n")
    Stage(script).run(path, "1:8", "--multiline", "never")
    assert capsys.readouterr().out == "\n    a = 1\n"
    Stage(script).run(path, "1:8")
    assert capsys.readouterr().out == "\n    a = 1\n    b = 2\n"


@pytest.mark.parametrize(
    ("data", "position", "prefix"),
    [
        (b"ab\ncd\n", "1:0", ""),
        (b"ab\ncd\n", "2:1", "ab\nc"),
        (b"ab\ncd\n", "3:0", "ab\ncd\n"),
        (b"ab\r\ncd", "2:2", "ab\ncd"),
        (b"ab\r\ncd", "1:2", "ab"),
        (b"\xef\xbb\xbfab", "1:1", "a"),
        ("é😀x".encode(), "1:2", "é😀"),
        (b"\na", "1:0", ""),
        (b"ab\rcd", "2:0", "ab\n"),
        ("a\x0cb\u2028c\nd".encode(), "1:5", "a\x0cb\u2028c"),
    ],
)
def test_a_position_is_a_line_and_the_code_points_before_it(
    tmp_path: Path, data: bytes, position: str, prefix: str
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(data)
    stage = Stage(says("1"))
    stage.run(path, position)
    assert _infill(stage).prefix == prefix


def test_line_ends_of_the_file_are_those_of_the_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"def f():\r\n")
    Stage(says("\n    return 1\n")).run(path, "1:8", "--json")
    assert json.loads(capsys.readouterr().out)["completion"] == "\r\n    return 1"


@pytest.mark.parametrize(
    ("position", "words"),
    [
        ("0:0", "the line must be 1 to 4, not 0"),
        ("5:0", "the line must be 1 to 4, not 5"),
        ("1:6", "line 1 of"),
        ("1:6", "the column must be 0 to 5, not 6"),
        ("4:1", "the column must be 0 to 0, not 1"),
    ],
)
def test_a_position_outside_the_file_is_refused(file: Path, position: str, words: str) -> None:
    stage = Stage(says("1"))
    with pytest.raises(LeadsmanError) as refused:
        stage.run(file, position)
    assert words in str(refused.value)
    assert stage.refs == []


@pytest.mark.parametrize("position", ["1", "1:", "a:b", "-1:0", "1:2:3", "１:0", ""])
def test_what_is_no_position_is_refused(position: str) -> None:
    with pytest.raises(SystemExit):
        _args("x", position)


@pytest.mark.parametrize(
    "option",
    [
        ["--max-tokens", "0"],
        ["--max-tokens", "x"],
        ["--temperature", "-1"],
        ["--temperature", "nan"],
        ["--max-tokens", "1025"],
        ["--seed", "x"],
        ["--seed", "-1"],
        ["--seed", "99999999999999999999999"],
        ["--seed", "9" * 5000],
        ["--multiline", "often"],
    ],
)
def test_options_out_of_range_are_refused(option: list[str]) -> None:
    with pytest.raises(SystemExit):
        _args("x", "1:0", *option)


def test_a_file_that_is_not_there_a_folder_and_bytes_are_refused(tmp_path: Path) -> None:
    binary = tmp_path / "b.py"
    binary.write_bytes(b"ab\xff")
    for path, words in [
        (tmp_path / "none.py", "no such file"),
        (tmp_path, "is a directory"),
        (binary, "is not UTF-8 text (byte 2)"),
        (binary / "below", "cannot be read"),
    ]:
        with pytest.raises(LeadsmanError) as refused:
            Stage(says("1")).run(path, "1:0")
        assert words in str(refused.value)
        assert "\n" not in str(refused.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in the file system")
def test_a_pipe_and_a_device_are_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.py"
    os.mkfifo(pipe)
    for path in (pipe, Path(os.devnull)):
        with pytest.raises(LeadsmanError, match="is not a regular file"):
            Stage(says("1")).run(path, "1:0")


def test_a_missing_model_is_refused(file: Path) -> None:
    def find(ref: str | None) -> StoredModel:
        raise ModelNotFound("no model; run leadsman model pull")

    with pytest.raises(ModelNotFound):
        run(_args(file, "1:0", "--json"), find, lambda model: ScriptedEngine(says("1")))
