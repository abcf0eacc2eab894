"""`leadsman serve` and `python -P -m lsp_server`."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.errors import LeadsmanError
from lsp_server.cli.serve import parse_address
from tests.lsp_server.raw_client import Client, environment, frame, inline_params

MODULE = [sys.executable, "-P", "-m", "lsp_server"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:2087", ("127.0.0.1", 2087)),
        ("127.8.9.1:0", ("127.8.9.1", 0)),
        ("[::1]:1", ("::1", 1)),
        ("localhost:65535", ("127.0.0.1", 65535)),
    ],
)
def test_loopback_addresses_are_accepted(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "2087", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
     "0.0.0.0:1", "[::]:1", "10.0.0.1:1", ":1", "example.org:1", "localhost.evil.org:1"],
)  # fmt: skip
def test_other_addresses_are_refused_with_one_line(text: str) -> None:
    with pytest.raises(LeadsmanError) as refused:
        parse_address(text)
    assert "\n" not in str(refused.value)


def test_an_open_address_ends_the_command_with_exit_code_2(tmp_path: Path) -> None:
    ended = subprocess.run(
        [*MODULE, "--tcp", "0.0.0.0:0"],
        capture_output=True, text=True, env=environment(), cwd=tmp_path, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert "is not a loopback address" in line


def test_the_module_serves_without_any_model_and_says_so(tmp_path: Path) -> None:
    env = environment(LEADSMAN_HOME=str(tmp_path / "store"), HOME=str(tmp_path))
    with Client(command=MODULE, env=env, cwd=tmp_path) as client:
        client.initialize()
        message = client.status(state="no_model")["message"]
        assert message.endswith("leadsman model pull qwen2.5-coder-0.5b")
        client.open("file:///a.py", "x = ")
        params = inline_params("file:///a.py", 0, 4)
        assert client.request("textDocument/inlineCompletion", params) == {"items": []}
        assert client.stop() == 0


def test_initialize_is_answered_before_torch_is_imported(tmp_path: Path) -> None:
    script = (
        "import sys, json\n"
        "from lsp_server.server import create_server\n"
        "from lsp_server.cli.serve import open_stored_engine\n"
        "server = create_server(open_stored_engine)\n"
        "class Writer:\n"
        "    def write(self, data): print(data.decode().split('\\r\\n')[-1], file=sys.stderr)\n"
        "server.protocol.set_writer(Writer())\n"
        "params = {'processId': None, 'rootUri': None, 'capabilities': {}}\n"
        "server.protocol.receive(json.dumps({'jsonrpc': '2.0', 'id': 1,"
        " 'method': 'initialize', 'params': params}).encode())\n"
        "heavy = {'torch', 'numpy', 'tokenizers', 'transformers', 'gguf', 'safetensors',"
        " 'codegen.store', 'codegen.store.store', 'codegen.local_engine'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-P", "-c", script],
        capture_output=True, text=True, env=environment(), cwd=tmp_path, check=True,
    )  # fmt: skip
    assert "leadsman" in ended.stderr
    assert ended.stdout == "[]\n"


def test_a_session_over_a_loopback_socket_is_like_one_over_stdio() -> None:
    with Client("--tcp", "127.0.0.1:0") as client:
        listening = client.process_said(r"listening on 127\.0\.0\.1:(\d+)")
        with socket.create_connection(("127.0.0.1", int(listening[1]))) as connection:
            stream = connection.makefile("rwb")
            with stream:
                for body in (
                    {"id": 1, "method": "initialize",
                     "params": {"processId": None, "rootUri": None, "capabilities": {}}},
                    {"id": 2, "method": "shutdown"},
                    {"method": "exit"},
                ):  # fmt: skip
                    stream.write(frame(json.dumps({"jsonrpc": "2.0", **body}).encode()))
                stream.flush()
                said = stream.read()
        assert re.search(rb'"name": "leadsman"', said)
        assert client.ended() == 0


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = subprocess.run(
            [*MODULE, "--tcp", address],
            capture_output=True, text=True, env=environment(), cwd=tmp_path, check=False,
        )  # fmt: skip
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith("leadsman: cannot serve: ")
