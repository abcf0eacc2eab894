"""From the first message to the end of the process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from typing import Any

import pytest

from lsp_server import VERSION
from tests.lsp_server.raw_client import CLIENT_INIT, ROOT, Client, frame, inline_params

INLINE = "textDocument/inlineCompletion"
URI = "file:///life.py"
TEXT = "def add(left, right):\n    return "
RECORDED = sorted(CLIENT_INIT.glob("*.json"))


def test_the_capabilities_say_what_the_server_does() -> None:
    with Client() as client:
        result = client.initialize()
        capabilities = result["capabilities"]
        assert capabilities["inlineCompletionProvider"] == {}
        assert capabilities["textDocumentSync"]["change"] == 2
        assert capabilities["textDocumentSync"]["openClose"] is True
        assert capabilities["positionEncoding"] == "utf-16"
        commands = capabilities["executeCommandProvider"]["commands"]
        assert commands == ["leadsman.explain", "leadsman.markAsRead"]
        assert capabilities["hoverProvider"] == {}
        assert capabilities["codeActionProvider"]["codeActionKinds"] == [
            "quickfix",
            "source.fixAll.leadsman",
        ]
        assert capabilities["diagnosticProvider"]["interFileDependencies"] is False
        assert capabilities["textDocumentSync"]["save"]
        assert capabilities["workspace"]["workspaceFolders"]["supported"] is True
        assert result["serverInfo"] == {"name": "leadsman", "version": VERSION}


def test_the_version_that_is_told_is_the_distributions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.stem)
def test_every_recorded_client_gets_a_completion_and_a_clean_end(recorded: Any) -> None:
    params = json.loads(recorded.read_text(encoding="utf-8"))
    with Client(settings={}) as client:
        capabilities = client.request("initialize", params)["capabilities"]
        assert capabilities["inlineCompletionProvider"] == {}
        client.notify("initialized", {})
        client.notify("workspace/didChangeConfiguration", {"settings": {}})
        client.open(URI, TEXT)
        answer = client.request(INLINE, inline_params(URI, 1, 11))
        assert answer["items"][0]["insertText"] == "left + right"
        offered = params["capabilities"].get("general", {}).get("positionEncodings", ["utf-16"])
        assert capabilities["positionEncoding"] == offered[0]
        assert client.stop() == 0
        assert "Traceback" not in client.stderr


def test_there_are_six_recorded_clients() -> None:
    assert len(RECORDED) == 6


def test_loading_is_shown_where_the_client_can_show_it() -> None:
    with Client("--load", "gated") as client:
        client.initialize()
        begin = client.notified("$/progress", lambda params: params["value"]["kind"] == "begin")
        assert begin["value"]["title"] == "Leadsman"
        assert begin["value"]["percentage"] == 50
        client.notify("test/release")
        end = client.notified("$/progress", lambda params: params["value"]["kind"] == "end")
        assert end["token"] == begin["token"]
        client.status(state="ready")


def test_an_automatic_request_while_loading_is_empty_at_once_and_an_invoked_one_waits() -> None:
    with Client("--load", "gated") as client:
        client.initialize()
        client.status(state="loading")
        client.open(URI, TEXT)
        assert client.request(INLINE, inline_params(URI, 1, 11, 2)) == {"items": []}
        assert client.status(lastEmpty=client.request("leadsman/status")["lastEmpty"])[
            "lastEmpty"
        ] == {"reason": "loading", "detail": "loading the model", "uri": URI}
        client.open("file:///other.py", TEXT)
        withdrawn = client.start(INLINE, inline_params("file:///other.py", 1, 11, 1))
        waiting = client.start(INLINE, inline_params(URI, 1, 11, 1))
        client.notify("$/cancelRequest", {"id": withdrawn})
        assert client.answer(withdrawn)["error"]["code"] == -32800
        client.notify("test/release")
        assert client.answer(waiting)["result"]["items"][0]["insertText"] == "left + right"


def test_without_a_model_the_status_says_what_to_run_and_asking_again_looks_again() -> None:
    with Client("--load", "none") as client:
        client.initialize()
        message = client.status(state="no_model")["message"]
        assert message.endswith("run: leadsman model pull qwen2.5-coder-0.5b")
        client.open(URI, TEXT)
        for trigger_kind in (1, 2):
            assert client.request(INLINE, inline_params(URI, 1, 11, trigger_kind)) == {"items": []}
            empty = client.request("leadsman/status")["lastEmpty"]
            assert empty == {"reason": "no_model", "detail": message, "uri": URI}
        client.notify("test/release")
        assert client.request(INLINE, inline_params(URI, 1, 11, 1))["items"]


@pytest.mark.parametrize(
    ("load", "said"),
    [
        ("damaged", "model.gguf ends after 10 bytes, expected 20; pull it again"),
        ("crash", "RuntimeError in open_engine, line "),
    ],
)
def test_a_model_that_cannot_be_loaded_is_an_error_with_one_line(load: str, said: str) -> None:
    with Client("--load", load) as client:
        client.initialize()
        assert client.status(state="error")["message"].startswith(said)
        client.open(URI, TEXT)
        for trigger_kind in (1, 2):
            assert client.request(INLINE, inline_params(URI, 1, 11, trigger_kind)) == {"items": []}
            empty = client.request("leadsman/status")["lastEmpty"]
            assert empty["reason"] == "failed"
            assert empty["detail"].startswith(said)
        assert client.stop() == 0
        assert "Traceback" not in client.stderr


@pytest.mark.parametrize("script", ["wait", "deaf"])
@pytest.mark.parametrize("farewell", ["shutdown", "exit", "eof"])
def test_the_process_ends_while_the_engine_generates(script: str, farewell: str) -> None:
    with Client() as client:
        client.initialize()
        client.status(state="ready")
        client.open(URI, f"# script: {script}\n{TEXT}")
        asked = client.start(INLINE, inline_params(URI, 2, 11))
        client.event("start")
        if farewell == "shutdown":
            assert client.stop() == 0
            assert client.answer(asked)["error"]["code"] == -32800
        elif farewell == "exit":
            client.notify("exit")
            assert client.ended() == 1
        else:
            assert client.process.stdin is not None
            client.process.stdin.close()
            assert client.ended() == 1
        assert "Traceback" not in client.stderr


def test_the_end_of_the_stream_after_shutdown_is_a_clean_end() -> None:
    with Client() as client:
        client.initialize()
        client.request("shutdown")
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert client.ended() == 0


def test_the_process_ends_while_the_model_loads() -> None:
    with Client("--load", "gated") as client:
        client.initialize()
        client.status(state="loading")
        assert client.stop() == 0


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="elsewhere death is polled for")
def test_the_process_ends_with_the_editor_even_when_the_pipe_stays_open() -> None:
    editor = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with Client() as client:
        client.request("initialize", {"processId": editor.pid, "rootUri": None, "capabilities": {}})
        client.notify("initialized", {})
        client.status(state="ready")
        editor.communicate(b"\n")
        assert client.ended() == 1


@pytest.mark.parametrize("pid", [2**22 + 1, 2**31, 2**64, 0, -1])
def test_a_parent_that_cannot_be_seen_is_not_taken_for_dead(pid: int) -> None:
    with Client() as client:
        client.request("initialize", {"processId": pid, "rootUri": None, "capabilities": {}})
        client.notify("initialized", {})
        client.status(state="ready")
        assert client.stop() == 0


def test_nothing_is_sent_before_the_answer_to_initialize_but_what_is_allowed() -> None:
    with Client() as client:
        params = {"processId": None, "rootUri": None, "capabilities": {},
                  "initializationOptions": {"enable": 7}}  # fmt: skip
        body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
        done = {"jsonrpc": "2.0", "method": "initialized", "params": {}}
        client.send_bytes(frame(json.dumps(body).encode()) + frame(json.dumps(done).encode()))
        client.status(state="ready")
        kinds = [message.get("method", "answer") for message in client.messages]
        assert kinds[: kinds.index("answer")] == ["window/showMessage"]
