"""Every request gets one answer, and a wrong one gets one line."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsp_server.server import create_server
from tests.lsp_server.raw_client import Client, Json, frame, inline_params

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


def never(*_: object, **__: object) -> NoReturn:
    raise AssertionError("no engine is opened here")


def registered() -> list[str]:
    features = create_server(never).protocol.fm
    names = {*features.features, *features.builtin_features, "$/cancelRequest"}
    # These end a session by their nature, whatever they carry.
    return sorted(names - {"exit", "shutdown"})


KEYS = [
    "textDocument",
    "uri",
    "version",
    "languageId",
    "text",
    "contentChanges",
    "range",
    "start",
    "end",
    "position",
    "line",
    "character",
    "context",
    "triggerKind",
    "selectedCompletionInfo",
    "settings",
    "leadsman",
    "completion",
    "model",
    "event",
    "added",
    "removed",
    "value",
    "token",
    "id",
    "command",
    "arguments",
    "notebookDocument",
    "cells",
    "name",
]
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from([URI, "file://[", "untitled:1", 2**31, -1]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner, min_size=1, max_size=4)
    ),
    max_leaves=12,
)
RIGHT: list[Json] = [
    {"textDocument": {"uri": URI, "version": 1}, "contentChanges": [{"text": "x"}]},
    {"textDocument": {"uri": URI, "languageId": "python", "version": 0, "text": "x"}},
    place(),
    {"event": {"added": [{"uri": URI, "name": "n"}], "removed": []}},
    {"settings": {"leadsman": {"completion": {}}}},
]


@st.composite
def nearly_right(draw: st.DrawFn) -> Any:
    """What a client would send, with something else in one place of it."""

    def spoiled(part: Any) -> Any:
        if not isinstance(part, dict) or not part or draw(st.integers(0, 2)) == 0:
            return draw(values)
        key = draw(st.sampled_from(sorted(part)))
        return {**part, key: spoiled(part[key])}

    return spoiled(draw(st.sampled_from(RIGHT)))


@settings(max_examples=400)
@given(
    method=st.sampled_from(registered()),
    params=values | nearly_right() | st.sampled_from(RIGHT),
    is_request=st.booleans(),
)
def test_whatever_the_params_are_the_server_goes_on_answering(
    client: Client, method: str, params: Any, is_request: bool
) -> None:
    if is_request:
        client.answer(client.start(method, params))
    else:
        client.notify(method, params)
    assert client.request("leadsman/status")["state"]
    client.messages.clear()


@pytest.mark.parametrize("method", ["initialize", "shutdown", "exit"])
@pytest.mark.parametrize("params", [None, [], 5, "text", {"capabilities": 5}])
def test_the_ends_of_a_session_take_any_params(method: str, params: Any) -> None:
    with Client() as client:
        if method == "initialize":
            assert client.error(method, params)["code"] == -32602
        client.initialize()
        if method == "shutdown":
            client.answer(client.start(method, params))
        if method == "exit":
            client.notify(method, params)
            assert client.ended() == 1
        else:
            assert client.stop() == 0 if method == "initialize" else True


@pytest.mark.parametrize(
    "params",
    [None, [], 5, "str", {"textDocument": None}, {"textDocument": []}, {"textDocument": "x"}],
)
def test_an_edit_of_no_known_document_is_logged_and_ignored(client: Client, params: Any) -> None:
    uri = "file:///kept.py"
    client.open(uri, "x = 1\n")
    client.notify("textDocument/didChange", params)
    assert client.text(uri) == "x = 1\n"


def test_a_notification_sent_as_a_request_is_answered(client: Client) -> None:
    error = client.error("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert error["code"] == -32600
    assert "notification" in error["message"]
