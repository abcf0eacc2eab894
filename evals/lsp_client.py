"""A plain JSON-RPC client for a language server on stdio, for harnesses and the demo.

It knows nothing of the server's code, so that what it measures is what an editor gets.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

SERVER_COMMAND = (sys.executable, "-P", "-m", "lsp_server")
_CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "inlineCompletion": {"dynamicRegistration": False},
        "diagnostic": {},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}},
            "isPreferredSupport": True,
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
    },
    "workspace": {"workspaceEdit": {"documentChanges": True}},
    "window": {"workDoneProgress": True},
}


class ServerGone(RuntimeError):
    """The server ended or stayed silent; the message holds the end of its stderr."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A request on its way."""

    request_id: int
    method: str
    answer: queue.SimpleQueue[dict[str, Any]]
    last_words: Callable[[], str]

    def wait(self, *, timeout_s: float = 120.0) -> dict[str, Any]:
        """The whole answer, with its `result` or `error`.

        Raises:
            ServerGone: no answer came in time.
        """
        try:
            return self.answer.get(timeout=timeout_s)
        except queue.Empty:
            raise ServerGone(
                f"{self.method}: no answer in {timeout_s:.0f} s; {self.last_words()}"
            ) from None


class LspClient:
    """One server process and the conversation with it; use as a context manager."""

    def __init__(
        self,
        command: Sequence[str] = SERVER_COMMAND,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        on_notification: Callable[[str, Any], None] = lambda method, params: None,
    ) -> None:
        """Starts the server.

        Args:
            command: the server's program and arguments.
            env: its environment; None passes ours on.
            cwd: its working folder.
            on_notification: told every notification, on the reader's thread.
        """
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env) if env is not None else None,
            cwd=cwd,
        )
        self._on_notification = on_notification
        self._answers: dict[int, Callable[[dict[str, Any]], None]] = {}
        self._next_id = 0
        self._is_over = False
        self._write_lock = threading.Lock()
        self._stderr: list[str] = []
        for target in (self._read_messages, self._read_stderr):
            threading.Thread(target=target, daemon=True).start()

    def __enter__(self) -> LspClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def initialize(
        self, root: Path | None = None, options: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Performs the handshake and returns the server's capabilities."""
        result = self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": root.as_uri() if root else None,
                "capabilities": _CAPABILITIES,
                "initializationOptions": dict(options or {}),
            },
        )
        self.notify("initialized", {})
        capabilities: dict[str, Any] = result["capabilities"]
        return capabilities

    def open(self, uri: str, text: str, language_id: str = "python") -> None:
        """Opens a document."""
        document = {"uri": uri, "languageId": language_id, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def close_document(self, uri: str) -> None:
        """Closes a document."""
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def complete(
        self, uri: str, text: str, offset: int, *, invoked: bool = True, timeout_s: float = 120.0
    ) -> list[dict[str, Any]]:
        """Asks for an inline completion at a code point offset of the document's text."""
        result = self.request(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": uri},
                "position": position_utf16(text, offset),
                "context": {"triggerKind": 1 if invoked else 2},
            },
            timeout_s=timeout_s,
        )
        items = result["items"] if isinstance(result, dict) else result
        return list(items or [])

    def request(self, method: str, params: Any, *, timeout_s: float = 120.0) -> Any:
        """Sends a request and waits for its result.

        Raises:
            ServerGone: no answer came in time, or the answer is an error.
        """
        message = self.start(method, params).wait(timeout_s=timeout_s)
        if "error" in message:
            raise ServerGone(f"{method}: {message['error']}")
        return message.get("result")

    def start(self, method: str, params: Any) -> Pending:
        """Sends a request and returns at once, so that it can be cancelled by its id."""
        answer: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        return Pending(self.ask(method, params, answer.put), method, answer, self.last_words)

    def ask(self, method: str, params: Any, on_answer: Callable[[dict[str, Any]], None]) -> int:
        """Sends a request and returns its id; the answer is told on the reader's thread.

        Where the server ends first, what is told is an "error" without an "id".
        """
        self._next_id += 1
        request_id = self._next_id
        self._answers[request_id] = on_answer
        message = {"jsonrpc": "2.0", "id": request_id, "method": method}
        self._send({**message, "params": params})
        if self._is_over:
            # The pipe may have taken the request though nobody is left to read it.
            self._tell_end(request_id)
        return request_id

    def notify(self, method: str, params: Any) -> None:
        """Sends a notification."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def close(self) -> None:
        """Shuts the server down as the protocol asks, and kills it if it does not go."""
        try:
            self.request("shutdown", None, timeout_s=10.0)
            self.notify("exit", None)
            self.process.wait(timeout=10.0)
        except (ServerGone, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                # Closing flushes, and whoever would read that is gone.
                with contextlib.suppress(OSError):
                    stream.close()

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        stdin = self.process.stdin
        assert stdin is not None
        with self._write_lock:
            try:
                stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
                stdin.flush()
            except OSError as error:
                raise ServerGone(f"the server is gone ({error}); {self.last_words()}") from error

    def _read_messages(self) -> None:
        stdout = self.process.stdout
        assert stdout is not None
        try:
            while (message := read_message(stdout)) is not None:
                self._dispatch(message)
        except (OSError, ValueError):
            # The stream was closed under us; whoever waits finds out below.
            pass
        self._is_over = True
        for request_id in list(self._answers):
            self._tell_end(request_id)

    def _tell_end(self, request_id: int) -> None:
        on_answer = self._answers.pop(request_id, None)
        if on_answer is not None:
            on_answer({"error": f"the server ended; {self.last_words()}"})

    def _dispatch(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        if method is None:
            on_answer = self._answers.pop(message["id"], None)
            if on_answer is not None:
                on_answer(message)
        elif "id" in message:
            # Progress tokens and the like need only a yes; configuration gets "nothing set".
            items = (message.get("params") or {}).get("items", [])
            result = [None] * len(items) if method == "workspace/configuration" else None
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": result})
        else:
            self._on_notification(method, message.get("params"))

    def _read_stderr(self) -> None:
        stderr = self.process.stderr
        assert stderr is not None
        try:
            for line in stderr:
                self._stderr.append(line.decode(errors="replace").rstrip())
                del self._stderr[:-20]
        except ValueError:
            # Closed while reading: the conversation is over.
            return

    def last_words(self) -> str:
        """The end of the server's stderr, in one line."""
        return "its last words: " + (" | ".join(self._stderr[-3:]) or "none")


def read_message(stream: BinaryIO | Any) -> dict[str, Any] | None:
    """Reads one framed message; None at the end of the stream."""
    length = 0
    while line := stream.readline():
        if not line.strip():
            body = json.loads(stream.read(length))
            assert isinstance(body, dict)
            return body
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    return None


def position_utf16(text: str, offset: int) -> dict[str, int]:
    """The LSP position, in UTF-16 units, of a code point offset."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    line = before.count("\n")
    column = before[before.rfind("\n") + 1 :]
    return {"line": line, "character": len(column.encode("utf-16-le")) // 2}


def offset_of(text: str, position: Mapping[str, int]) -> int:
    """The code point offset of an LSP position in UTF-16 units; inverse of `position_utf16`."""
    at = 0
    for _ in range(position["line"]):
        ends = [text.find(end, at) for end in ("\n", "\r") if text.find(end, at) >= 0]
        at = min(ends) + (2 if text.startswith("\r\n", min(ends)) else 1)
    units = position["character"]
    while units > 0:
        units -= 2 if ord(text[at]) > 0xFFFF else 1
        at += 1
    return at


def apply_item(text: str, offset: int, item: Mapping[str, Any]) -> str:
    """The document after accepting an inline completion item at the cursor."""
    inserted = item["insertText"]
    if isinstance(inserted, dict):
        inserted = inserted["value"]
    span = item.get("range")
    start = offset_of(text, span["start"]) if span else offset
    end = offset_of(text, span["end"]) if span else offset
    return text[:start] + str(inserted) + text[end:]
