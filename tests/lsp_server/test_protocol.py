"""Every request gets one answer, and a wrong one gets one line."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lsp_server.raw_client import Client, frame, inline_params

URI = "file:///protocol.py"
INLINE = "textDocument/inlineCompletion"


def place(**changes: Any) -> dict[str, Any]:
    return {**inline_params(URI, 0, 0), **changes}


@pytest.mark.parametrize(
    "params",
    [
        None,
        [],
        "text",
        {},
        place(position=None),
        place(position={"line": "zero", "character": 0}),
        place(position={"line": 0}),
        place(position={"line": -1, "character": 0}),
        place(position={"line": 0, "character": 2**40}),
        place(context={"triggerKind": 3}),
        place(context={"triggerKind": "invoked"}),
        place(context=[]),
        place(context={"triggerKind": 1, "selectedCompletionInfo": {"range": [], "text": "x"}}),
        place(context={"triggerKind": 1, "selectedCompletionInfo": {"text": "x"}}),
        place(context={"triggerKind": 1, "selectedCompletionInfo": "secret"}),
        place(textDocument={}),
    ],
)
def test_undecodable_params_are_answered_with_one_line(client: Client, params: Any) -> None:
    error = client.error(INLINE, params)
    assert error["code"] == -32602
    assert error["message"].startswith(f"Invalid params of {INLINE}: ")
    assert "\n" not in error["message"]
    assert "secret" not in error["message"]
    assert "data" not in error


def test_an_unknown_method_is_answered(client: Client) -> None:
    assert client.error("workspace/unheardOf", {"model-name": 1})["code"] == -32601


def test_an_unknown_notification_is_ignored(client: Client) -> None:
    client.notify("$/unheardOf", {"class": 2})
    assert client.request("leadsman/status")["state"] == "ready"


def test_a_handler_that_fails_tells_neither_traceback_nor_text() -> None:
    with Client() as client:
        client.initialize()
        error = client.error("test/fail", {})
        assert error["code"] == -32603
        assert error["message"].startswith("internal error: ValueError in fail, line ")
        assert "data" not in error
        assert client.stop() == 0
        assert "a request handler failed: ValueError in fail" in client.stderr
        assert "secret" not in client.stderr


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"\xff\xfe\x00", -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b"7", -32600),
        (b"{}", -32600),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "shutdown"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 7}', -32600),
        (b'{"jsonrpc": "2.0", "id": null, "method": "shutdown"}', -32600),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "shutdown"}', -32600),
    ],
)
def test_what_is_no_message_is_refused_and_the_session_goes_on(
    client: Client, body: bytes, code: int
) -> None:
    seen = list(client.messages)
    client.send_bytes(frame(body))
    error = client.wait(lambda message: "error" in message and message not in seen)
    assert error["id"] is None
    assert error["error"]["code"] == code
    assert client.request("leadsman/status")["state"] == "ready"
    client.messages.remove(error)


def test_a_request_before_initialize_is_refused_and_a_notification_ignored() -> None:
    with Client() as client:
        client.open(URI, "x = 1\n")
        assert client.error(INLINE, place())["code"] == -32002
        client.initialize()
        assert client.request("test/text", {"uri": URI}) is None
        assert client.error("initialize", {"processId": None, "capabilities": {}})["code"] == -32600


def test_a_request_after_shutdown_is_refused() -> None:
    with Client() as client:
        client.initialize()
        client.request("shutdown")
        assert client.error(INLINE, place())["code"] == -32600
        client.notify("exit")
        assert client.ended() == 0


def test_an_answer_to_nothing_we_asked_is_ignored(client: Client) -> None:
    client.send({"id": "never asked", "result": {"secret": 1}}, {"id": [], "result": 1})
    assert client.request("leadsman/status")["state"] == "ready"


def test_a_message_inside_a_message_stays_an_argument(client: Client) -> None:
    inner = {"jsonrpc": "2.0", "method": "exit", "uri": URI}
    assert client.request("test/text", inner) is None


def test_nothing_but_messages_reaches_stdout_whatever_prints() -> None:
    with Client() as client:
        client.initialize()
        client.open(URI, "# script: print\nresult = ")
        answer = client.request(INLINE, inline_params(URI, 1, 9))
        assert answer["items"][0]["insertText"] == "left + right"
        assert client.stop() == 0
        assert not [message for message in client.messages if "garbage" in message]
        assert "this would break the protocol\n" in client.stderr
        assert "and so would this\n" in client.stderr


def test_no_text_of_a_document_is_logged() -> None:
    with Client() as client:
        client.initialize()
        client.open(URI, "# script: raise\nclassified = ")
        client.change(URI, 1, {"range": "classified", "text": "classified"})
        client.open(URI, "# script: raise\nclassified = ")
        assert client.request(INLINE, inline_params(URI, 1, 13)) == {"items": []}
        client.open("file:///fine.py", "def add(left, right):\n    return ")
        assert client.request(INLINE, inline_params("file:///fine.py", 1, 11))["items"]
        client.error(INLINE, place(position="classified"))
        client.notify("textDocument/didOpen", {"textDocument": "classified"})
        assert client.stop() == 0
        assert ": failed (" in client.stderr
        assert "Invalid params of textDocument/didOpen" in client.stderr
        assert "classified" not in client.stderr
        assert "left" not in client.stderr
