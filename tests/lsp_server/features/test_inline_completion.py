"""`textDocument/inlineCompletion` against a real server process."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.lsp_server.raw_client import Client, inline_params

INLINE = "textDocument/inlineCompletion"
TEXT = "def add(left, right):\n    return "
ANSWER = "left + right"
numbers = itertools.count()


@pytest.fixture
def uri() -> str:
    return f"file:///inline{next(numbers)}.py"


def ask(client: Client, uri: str, line: int = 1, character: int = 11, **more: Any) -> Any:
    return client.request(INLINE, {**inline_params(uri, line, character), **more})


def reason_for(client: Client, uri: str) -> str:
    last = client.status(lastEmpty=client.request("leadsman/status")["lastEmpty"])["lastEmpty"]
    assert last["uri"] == uri
    logged = f"no completion in {uri}: {last['reason']} "
    client.notified("window/logMessage", lambda params: params["message"].startswith(logged))
    return str(last["reason"])


def test_the_completion_comes_with_an_empty_range_at_the_cursor(client: Client, uri: str) -> None:
    client.open(uri, TEXT)
    cursor = {"line": 1, "character": 11}
    assert ask(client, uri) == {
        "items": [{"insertText": ANSWER, "range": {"start": cursor, "end": cursor}}]
    }


def test_a_cursor_beyond_the_line_means_its_end(client: Client, uri: str) -> None:
    client.open(uri, TEXT)
    assert ask(client, uri, 9, 99)["items"][0]["range"]["start"] == {"line": 1, "character": 11}


@pytest.mark.parametrize("kind", [0, 1, 2, None])
def test_every_trigger_kind_of_real_clients_is_served(
    client: Client, uri: str, kind: int | None
) -> None:
    client.open(uri, TEXT)
    answer = ask(client, uri, context={"triggerKind": kind, "unknown": {"jsonrpc": "2.0"}})
    assert answer["items"][0]["insertText"] == ANSWER


@pytest.mark.parametrize("context", [{}, None])
def test_a_missing_context_is_served(client: Client, uri: str, context: Any) -> None:
    client.open(uri, TEXT)
    assert ask(client, uri, context=context)["items"][0]["insertText"] == ANSWER


def test_unknown_fields_are_ignored(client: Client, uri: str) -> None:
    client.open(uri, TEXT)
    params = {
        **inline_params(uri, 1, 11),
        "textDocument": {"uri": uri, "version": 0},
        "formattingOptions": {"tabSize": 4, "insertSpaces": True},
    }
    assert client.request(INLINE, params)["items"][0]["insertText"] == ANSWER


@pytest.mark.parametrize("is_array", [True, False])
def test_a_selected_suggestion_is_extended_over_its_own_range(
    client: Client, uri: str, is_array: bool
) -> None:
    client.open(uri, "def add(left, right):\n    retu")
    start, end = {"line": 1, "character": 4}, {"line": 1, "character": 8}
    selected = {"range": [start, end] if is_array else {"start": start, "end": end},
                "text": "return "}  # fmt: skip
    answer = client.request(INLINE, inline_params(uri, 1, 8, 2, selectedCompletionInfo=selected))
    assert answer["items"] == [
        {"insertText": "return " + ANSWER, "range": {"start": start, "end": end}}
    ]


def test_no_selected_suggestion_may_be_written_as_null(client: Client, uri: str) -> None:
    client.open(uri, TEXT)
    params = inline_params(uri, 1, 11, 2, selectedCompletionInfo=None)
    assert client.request(INLINE, params)["items"][0]["insertText"] == ANSWER


def test_columns_are_counted_as_negotiated(client: Client, uri: str) -> None:
    client.open(uri, "# \U0001f600\nsmile = '\U0001f600' + ")
    (item,) = ask(client, uri, 1, 15)["items"]
    assert item["range"]["start"] == {"line": 1, "character": 15}
    assert client.text(uri) == "# \U0001f600\nsmile = '\U0001f600' + "


def test_a_half_character_in_the_text_does_not_reach_the_engine(client: Client, uri: str) -> None:
    client.open(uri, "half = '\ud83d'\nwhole = ")
    assert ask(client, uri, 1, 8)["items"][0]["insertText"] == ANSWER


def test_an_unknown_document_gets_an_empty_answer_with_a_reason(client: Client, uri: str) -> None:
    assert ask(client, uri) == {"items": []}
    assert reason_for(client, uri) == "failed"
    client.notified(
        "window/logMessage",
        lambda params: (
            params["message"] == f"no completion in {uri}: failed (the document is not open)"
        ),
    )


@pytest.mark.parametrize("script", ["raise", "fail", "exit"])
def test_an_engine_that_fails_is_a_reason_and_the_next_request_works(
    client: Client, uri: str, script: str
) -> None:
    client.open(uri, f"# script: {script}\n{TEXT}")
    assert ask(client, uri, 2) == {"items": []}
    assert reason_for(client, uri) == "failed"
    client.change(uri, 1, {"text": TEXT})
    assert ask(client, uri)["items"][0]["insertText"] == ANSWER


def test_a_newer_request_of_the_same_document_wins(client: Client, uri: str) -> None:
    client.open(uri, f"# script: wait\n# name: older\n{TEXT}")
    older = client.start(INLINE, inline_params(uri, 3, 11))
    client.event("start", "older")
    client.change(uri, 1, {"text": TEXT})
    newer = client.start(INLINE, inline_params(uri, 1, 11))
    assert client.answer(older)["result"] == {"items": []}
    client.event("cancelled", "older")
    assert client.answer(newer)["result"]["items"][0]["insertText"] == ANSWER
    assert reason_for(client, uri) == "stale"


def test_of_many_requests_at_once_only_the_running_and_the_newest_reach_the_engine(
    client: Client, uri: str
) -> None:
    client.open(uri, f"# script: wait\n# name: first\n{TEXT}")
    first = client.start(INLINE, inline_params(uri, 3, 11))
    client.event("start", "first")
    other = uri.replace("inline", "other")
    client.open(other, f"# script: wait\n# name: other\n{TEXT}")
    between = client.start(INLINE, inline_params(other, 3, 11))
    started = len([m for m in client.messages if m.get("method") == "test/event"])
    crowd = []
    for i in range(20):
        client.change(uri, i + 1, {"text": f"# name: crowd{i}\n{TEXT}"})
        crowd.append(client.start(INLINE, inline_params(uri, 2, 11)))
    assert client.answer(first)["result"] == {"items": []}
    for msg_id in crowd[:-1]:
        assert client.answer(msg_id)["result"] == {"items": []}
    client.event("start", "other")
    client.notify("$/cancelRequest", {"id": between})
    assert client.answer(crowd[-1])["result"]["items"][0]["insertText"] == ANSWER
    events = [m["params"] for m in client.messages if m.get("method") == "test/event"][started:]
    assert [event["about"] for event in events if event["what"] == "start"] == ["other", "crowd19"]


def test_documents_are_served_in_the_order_in_which_they_began_to_wait(
    client: Client, uri: str
) -> None:
    client.open(uri, f"# script: wait\n# name: blocker\n{TEXT}")
    blocker = client.start(INLINE, inline_params(uri, 3, 11))
    client.event("start", "blocker")
    uris = [f"{uri}.{name}.py" for name in "abc"]
    for name, waiting in zip("abc", uris, strict=True):
        client.open(waiting, f"# name: turn_{name}\n{TEXT}")
    asked = [client.start(INLINE, inline_params(waiting, 2, 11)) for waiting in uris]
    # Asking again keeps the place in the queue.
    asked.append(client.start(INLINE, inline_params(uris[0], 2, 11)))
    assert client.answer(asked[0])["result"] == {"items": []}
    client.notify("$/cancelRequest", {"id": blocker})
    for msg_id in asked[1:]:
        assert client.answer(msg_id)["result"]["items"]
    turns = [m["params"]["about"] for m in client.messages if m.get("method") == "test/event"]
    assert [turn for turn in turns if turn.startswith("turn_")] == ["turn_a", "turn_b", "turn_c"]


def test_cancelling_answers_at_once_and_reaches_the_engine(client: Client, uri: str) -> None:
    client.open(uri, f"# script: wait\n# name: withdrawn\n{TEXT}")
    asked = client.start(INLINE, inline_params(uri, 3, 11))
    client.event("start", "withdrawn")
    client.notify("$/cancelRequest", {"id": asked})
    assert client.answer(asked)["error"]["code"] == -32800
    client.event("cancelled", "withdrawn")
    assert reason_for(client, uri) == "cancelled"


def test_a_cancelled_request_that_still_waits_never_reaches_the_engine(
    client: Client, uri: str
) -> None:
    client.open(uri, f"# script: wait\n# name: ahead\n{TEXT}")
    ahead = client.start(INLINE, inline_params(uri, 3, 11))
    client.event("start", "ahead")
    waiting_uri = f"{uri}.waiting.py"
    client.open(waiting_uri, f"# name: behind\n{TEXT}")
    waiting = client.start(INLINE, inline_params(waiting_uri, 2, 11))
    client.notify("$/cancelRequest", {"id": waiting})
    assert client.answer(waiting)["error"]["code"] == -32800
    client.notify("$/cancelRequest", {"id": ahead})
    client.answer(ahead)
    last_uri = f"{uri}.last.py"
    client.open(last_uri, f"# name: last\n{TEXT}")
    assert ask(client, last_uri, 2)["items"]
    assert not [
        m for m in client.messages if m.get("params") == {"what": "start", "about": "behind"}
    ]


def test_the_position_belongs_to_the_text_at_arrival() -> None:
    uri = "file:///arrival.py"
    with Client("--load", "gated") as client:
        client.initialize()
        client.open(uri, TEXT)
        # Both come in one write, so that the edit is there before any answer can be.
        client.send(
            {"id": "asked", "method": INLINE, "params": inline_params(uri, 1, 11)},
            {
                "method": "textDocument/didChange",
                "params": {
                    "textDocument": {"uri": uri, "version": 1},
                    "contentChanges": [{"text": ""}],
                },
            },
        )
        client.notify("test/release")
        answer = client.wait(lambda message: message.get("id") == "asked")
        assert answer["result"] == {"items": []}
        assert reason_for(client, uri) == "stale"


def test_an_edit_stops_the_engine_that_works_on_the_old_text(client: Client, uri: str) -> None:
    client.open(uri, f"# script: wait\n# name: edited\n{TEXT}")
    asked = client.start(INLINE, inline_params(uri, 3, 11))
    client.event("start", "edited")
    document = {"uri": uri, "version": 2}
    changes = {"textDocument": document, "contentChanges": [{"text": TEXT}]}
    client.notify("textDocument/didChange", changes)
    assert client.answer(asked)["result"] == {"items": []}
    client.event("cancelled", "edited")
    assert reason_for(client, uri) == "stale"


@pytest.mark.parametrize("request_id", [{"a": 1}, [1], None, True])
def test_a_cancel_that_names_no_request_is_ignored(
    client: Client, uri: str, request_id: object
) -> None:
    client.notify("$/cancelRequest", {"id": request_id})
    client.open(uri, TEXT)
    assert client.request(INLINE, inline_params(uri, 1, 11))["items"]


def test_a_document_that_was_closed_takes_its_request_with_it(client: Client, uri: str) -> None:
    client.open(uri, f"# script: wait\n# name: closed\n{TEXT}")
    asked = client.start(INLINE, inline_params(uri, 3, 11))
    client.event("start", "closed")
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert client.answer(asked)["result"] == {"items": []}
    client.event("cancelled", "closed")
    assert reason_for(client, uri) == "cancelled"


def test_an_answer_leaves_its_timings_in_the_status(client: Client, uri: str) -> None:
    client.open(uri, TEXT)
    ask(client, uri)
    timings = client.request("leadsman/status")["lastTimingsMs"]
    assert {"queue", "prompt", "prefill", "decode", "filter", "total"} <= timings.keys()
    assert timings["total"] >= timings["queue"] > 0


def test_the_status_says_when_the_engine_works(client: Client, uri: str) -> None:
    client.open(uri, f"# script: wait\n# name: busy\n{TEXT}")
    asked = client.start(INLINE, inline_params(uri, 3, 11))
    client.event("start", "busy")
    assert client.request("leadsman/status")["state"] == "busy"
    client.notify("$/cancelRequest", {"id": asked})
    client.event("cancelled", "busy")
    client.open(f"{uri}.next.py", TEXT)
    ask(client, f"{uri}.next.py")
    assert client.request("leadsman/status")["state"] == "ready"
