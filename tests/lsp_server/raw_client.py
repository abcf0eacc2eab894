"""A JSON-RPC client of a server process that lets a test send anything, and see everything."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any

ROOT = Path(__file__).parents[2]
SERVER = Path(__file__).with_name("scripted_server.py")
CLIENT_INIT = ROOT / "tests" / "data" / "client_init"

# Generous, because nothing is measured with it: a test that waits so long has failed.
PATIENCE_S = 30.0

Json = dict[str, Any]

CAPABILITIES: Json = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True},
    "workspace": {"configuration": True},
}


def environment(**extra: str) -> dict[str, str]:
    """The environment in which a server finds our packages from any folder."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **extra}


def frame(body: bytes) -> bytes:
    """A message with its header."""
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


class Client:
    """One server process and all that it said."""

    def __init__(
        self,
        *args: str,
        command: list[str] | None = None,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        settings: Json | None = None,
    ) -> None:
        self.settings = settings
        self.process = subprocess.Popen(
            command or [sys.executable, "-P", str(SERVER), *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=env or environment(),
        )
        self.messages: list[Json] = []
        self._stderr: list[bytes] = []
        self._changed = threading.Condition()
        self._is_over = False
        self._ids = itertools.count(1)
        self._threads = [
            threading.Thread(target=target, args=(pipe,), daemon=True)
            for target, pipe in (
                (self._read_messages, self.process.stdout),
                (self._read_stderr, self.process.stderr),
            )
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is not None:
            sys.stderr.write(f"--- the server's stderr\n{self._stderr_now()}")
        self.process.kill()
        self._finish()

    def _finish(self) -> int:
        code = self.process.wait(PATIENCE_S)
        for thread in self._threads:
            thread.join(PATIENCE_S)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        return code

    def _stderr_now(self) -> str:
        return b"".join(self._stderr).decode()

    def _read_stderr(self, pipe: IO[bytes]) -> None:
        for line in pipe:
            with self._changed:
                self._stderr.append(line)
                self._changed.notify_all()

    def process_said(self, pattern: str) -> re.Match[str]:
        """The first match in what the process writes to stderr."""
        with self._changed:
            found = self._changed.wait_for(
                lambda: re.search(pattern, self._stderr_now()), PATIENCE_S
            )
        assert found, self._stderr_now()
        return found

    def _read_messages(self, pipe: IO[bytes]) -> None:
        while header := pipe.readline():
            match = re.fullmatch(rb"Content-Length: (\d+)\r\n", header)
            message: Json
            if match is None:
                message = {"garbage": header.decode()}
            else:
                while pipe.readline().strip():
                    pass
                message = json.loads(pipe.read(int(match[1])))
            if "method" in message and "id" in message:
                self._answer(message)
            with self._changed:
                self.messages.append(message)
                self._changed.notify_all()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _answer(self, request: Json) -> None:
        result: Any = None
        if request["method"] == "workspace/configuration":
            result = [self.settings]
        self.send({"id": request["id"], "result": result})

    def send_bytes(self, data: bytes) -> None:
        """Writes to the server's stdin as it stands."""
        assert self.process.stdin is not None
        # The reader's thread may answer the server while the test closes the stream.
        with contextlib.suppress(BrokenPipeError, ValueError):
            self.process.stdin.write(data)
            self.process.stdin.flush()

    def send(self, *messages: Json) -> None:
        """Sends messages in one write."""
        whole = [json.dumps({"jsonrpc": "2.0", **message}).encode() for message in messages]
        self.send_bytes(b"".join(map(frame, whole)))

    def notify(self, method: str, params: Any = None) -> None:
        """Sends a notification."""
        self.send({"method": method, "params": params})

    def start(self, method: str, params: Any = None) -> int:
        """Sends a request and returns its id."""
        msg_id = next(self._ids)
        self.send({"id": msg_id, "method": method, "params": params})
        return msg_id

    def wait(self, wanted: Callable[[Json], bool]) -> Json:
        """The first message, already seen or to come, that is wanted."""

        def find() -> Json | None:
            return next((message for message in self.messages if wanted(message)), None)

        with self._changed:
            self._changed.wait_for(lambda: find() or self._is_over, PATIENCE_S)
            found = find()
        assert found is not None, f"never came; seen {self.messages[-5:]}\n{self._stderr_now()}"
        return found

    def answer(self, msg_id: int) -> Json:
        """The whole answer to a request."""
        return self.wait(lambda message: message.get("id") == msg_id and "method" not in message)

    def request(self, method: str, params: Any = None) -> Any:
        """Sends a request and returns its result."""
        answer = self.answer(self.start(method, params))
        assert "error" not in answer, answer
        return answer.get("result")

    def error(self, method: str, params: Any = None) -> Json:
        """Sends a request and returns the error that it must come to."""
        error: Json = self.answer(self.start(method, params))["error"]
        return error

    def notified(self, method: str, wanted: Callable[[Any], bool] = lambda params: True) -> Any:
        """The parameters of the first notification of that kind."""
        return self.wait(
            lambda message: message.get("method") == method and wanted(message.get("params"))
        )["params"]

    def event(self, what: str, about: str = "") -> None:
        """Waits for a `test/event` of the scripted engine."""
        self.notified("test/event", lambda params: params == {"what": what, "about": about})

    def status(self, **wanted: Any) -> Json:
        """The first `leadsman/status` notification with those values."""
        found: Json = self.notified(
            "leadsman/status", lambda params: all(params[key] == wanted[key] for key in wanted)
        )
        return found

    def initialize(self, capabilities: Json | None = None, options: Any = None) -> Json:
        """Performs the handshake; returns the result of `initialize`."""
        params = {
            "processId": None,
            "rootUri": None,
            "capabilities": CAPABILITIES if capabilities is None else capabilities,
            "initializationOptions": options,
        }
        result: Json = self.request("initialize", params)
        self.notify("test/begin")
        self.notify("initialized", {})
        return result

    def open(self, uri: str, text: str, language_id: str = "python") -> None:
        """Opens a document."""
        item = {"uri": uri, "languageId": language_id, "version": 0, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, version: int, *changes: Json) -> None:
        """Changes a document."""
        document = {"uri": uri, "version": version}
        params = {"textDocument": document, "contentChanges": changes}
        self.notify("textDocument/didChange", params)

    def text(self, uri: str) -> str:
        """The document as the server has it."""
        text: str = self.request("test/text", {"uri": uri})["text"]
        return text

    def stop(self) -> int:
        """Performs the farewell; returns the process's exit code."""
        assert self.request("shutdown") is None
        self.notify("exit")
        return self.ended()

    def ended(self) -> int:
        """Waits for the process to end by itself; returns its exit code."""
        return self._finish()

    @property
    def stderr(self) -> str:
        """All of stderr, once the process has ended."""
        assert self.process.poll() is not None
        return self._stderr_now()


def inline_params(uri: str, line: int, character: int, trigger_kind: Any = 1, **more: Any) -> Json:
    """Parameters of `textDocument/inlineCompletion`."""
    return {
        "textDocument": {"uri": uri},
        "position": {"line": line, "character": character},
        "context": {"triggerKind": trigger_kind, **more},
    }
