"""`leadsman/completionEvent`: to those who asked for it, once per answer, by its request's id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lsp_server.completion.query import CompletionResult
from lsp_server.completion_events import COMPLETION_EVENT_METHOD, event_document
from tests.lsp_server.raw_client import Client, inline_params

INLINE = "textDocument/inlineCompletion"
TEXT = "def add(left, right):\n    return "


@pytest.fixture(scope="module")
def listening() -> Iterator[Client]:
    """A session that asked for the events."""
    with Client() as running:
        running.initialize(options={"completionEvents": True})
        running.status(state="ready")
        yield running


def event_of(client: Client, request_id: int) -> Any:
    return client.notified(COMPLETION_EVENT_METHOD, lambda params: params["id"] == request_id)


def test_an_answer_with_text_tells_its_stages_and_tokens_before_it_comes(
    listening: Client,
) -> None:
    listening.open("file:///told.py", TEXT)
    asked = listening.start(INLINE, inline_params("file:///told.py", 1, 11))
    answer = listening.answer(asked)
    event = event_of(listening, asked)
    assert (event["uri"], event["reason"]) == ("file:///told.py", None)
    assert event["nChars"] == len(answer["result"]["items"][0]["insertText"])
    counts = {"prompt": 10, "reused": 0, "completion": 3, "drafted": 0, "accepted": 0}
    assert event["tokens"] == counts
    assert event["source"] == "model"
    stages = event["timingsMs"]
    assert (stages["prompt"], stages["prefill"], stages["decode"]) == (1, 2, 3)
    assert stages["total"] >= stages["queue"] > 0
    told = next(m for m in listening.messages if m.get("params") == event)
    assert listening.messages.index(told) < listening.messages.index(answer)


def test_an_empty_answer_tells_its_reason(listening: Client) -> None:
    asked = listening.start(INLINE, inline_params("file:///never_opened.py", 0, 0))
    listening.answer(asked)
    event = event_of(listening, asked)
    assert (event["reason"], event["nChars"]) == ("failed", 0)
    assert event["timingsMs"] == event["tokens"] == {}


def test_a_cancelled_request_tells_so(listening: Client) -> None:
    uri = "file:///cancelled.py"
    listening.open(uri, f"# script: wait\n# name: told\n{TEXT}")
    asked = listening.start(INLINE, inline_params(uri, 3, 11))
    listening.event("start", "told")
    listening.notify("$/cancelRequest", {"id": asked})
    assert listening.answer(asked)["error"]["code"] == -32800
    assert event_of(listening, asked)["reason"] == "cancelled"


def test_a_client_that_did_not_ask_hears_nothing(client: Client) -> None:
    client.open("file:///quiet.py", TEXT)
    assert client.request(INLINE, inline_params("file:///quiet.py", 1, 11))["items"]
    client.request(INLINE, inline_params("file:///unknown.py", 1, 11))
    client.request("leadsman/status")
    assert not [m for m in client.messages if m.get("method") == COMPLETION_EVENT_METHOD]


def test_no_text_is_in_the_event() -> None:
    event = event_document("a", "file:///a.py", CompletionResult("secret", None))
    assert "secret" not in str(event)
    assert event["nChars"] == 6


def test_a_status_request_says_what_answers(client: Client) -> None:
    assert client.request("leadsman/status")["engine"] == {
        "model": "scripted-model",
        "family": "scripted",
        "weights": "none",
        "device": "cpu",
        "contextTokens": 4096,
    }
    notified = [m["params"] for m in client.messages if m.get("method") == "leadsman/status"]
    assert notified
    assert not any("engine" in params for params in notified)
