"""Nothing leaves the machine: a session opens no socket to anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.lsp_server.raw_client import ROOT, Client, environment, inline_params

# Python runs this before anything else, and every later import is under its eyes.
RECORDER = """\
import json, os, sys

_SOCKET_EVENTS = (
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname",
    "socket.gethostbyaddr", "socket.getnameinfo", "socket.sendto", "socket.sendmsg",
    "urllib.Request", "http.client.connect", "ftplib.connect", "smtplib.connect",
)

def _record(event, args):
    if event in _SOCKET_EVENTS:
        line = json.dumps([event, [repr(a) for a in args if not hasattr(a, "fileno")]]) + "\\n"
        fd = os.open(os.environ["SOCKET_RECORD"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(fd, line.encode())
        os.close(fd)

sys.addaudithook(_record)
"""


def watched(folder: Path, **extra: str) -> tuple[dict[str, str], Path]:
    """An environment in which each process records its sockets, and the file they go to."""
    (folder / "hook").mkdir()
    (folder / "hook" / "sitecustomize.py").write_text(RECORDER)
    record = folder / "sockets.jsonl"
    path = os.pathsep.join([str(folder / "hook"), str(ROOT)])
    return {**environment(SOCKET_RECORD=str(record), **extra), "PYTHONPATH": path}, record


def recorded(record: Path) -> list[Any]:
    """What was recorded, one event and its arguments each."""
    return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []


def is_loopback(event: list[Any]) -> bool:
    """Whether a record concerns a loopback address or a path."""
    return any(word in str(event[1]) for word in ("'127.", "'::1'", "'localhost'", "'/"))


def test_the_recorder_sees_a_socket(tmp_path: Path) -> None:
    env, record = watched(tmp_path)
    script = (
        "import contextlib, socket\n"
        "with contextlib.suppress(OSError), socket.socket() as s:\n"
        "    s.bind(('127.0.0.1', 0)); s.connect(('192.0.2.1', 'x'.count('y')))\n"
    )
    subprocess.run([sys.executable, "-c", script], env=env, check=True)
    bound, connected = recorded(record)
    assert is_loopback(bound)
    assert not is_loopback(connected)


def test_a_whole_session_opens_no_socket(tmp_path: Path) -> None:
    env, record = watched(tmp_path)
    with Client(env=env) as client:
        client.initialize()
        client.status(state="ready")
        client.open("file:///quiet.py", "def add(left, right):\n    return ")
        params = inline_params("file:///quiet.py", 1, 11)
        assert client.request("textDocument/inlineCompletion", params)["items"]
        assert client.stop() == 0
    assert recorded(record) == []


def test_a_start_without_any_model_opens_no_socket(tmp_path: Path) -> None:
    env, record = watched(tmp_path, LEADSMAN_HOME=str(tmp_path / "store"), HOME=str(tmp_path))
    with Client(command=[sys.executable, "-P", "-m", "lsp_server"], env=env) as client:
        client.initialize()
        client.status(state="no_model")
        assert client.stop() == 0
    assert recorded(record) == []


def test_the_debugging_port_listens_on_loopback_alone(tmp_path: Path) -> None:
    env, record = watched(tmp_path)
    with Client("--tcp", "127.0.0.1:0", env=env) as client:
        client.process_said("listening on 127.0.0.1:")
    events = recorded(record)
    assert [event for event, _ in events if event == "socket.bind"] == ["socket.bind"]
    assert all(map(is_loopback, events))
