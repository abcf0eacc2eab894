"""What a client sees of answers that are known, in flight or foreseen."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from lsp_server.completion_events import COMPLETION_EVENT_METHOD
from tests.lsp_server.raw_client import Client, Json, inline_params

INLINE = "textDocument/inlineCompletion"
AUTOMATIC = 2
numbers = itertools.count()


def session(**completion: Any) -> Iterator[Client]:
    with Client() as running:
        running.initialize(options={"completionEvents": True, "completion": completion})
        running.status(state="ready")
        yield running


@pytest.fixture(scope="module")
def foreseeing() -> Iterator[Client]:
    """A session with the default settings."""
    yield from session()


@pytest.fixture(scope="module")
def waiting() -> Iterator[Client]:
    """A session in which nothing is begun before it is asked for."""
    yield from session(ahead=False)


@pytest.fixture
def uri() -> str:
    return f"file:///served{next(numbers)}.py"


def ask(client: Client, uri: str, line: int, character: int) -> tuple[str | None, str]:
    """The text that is offered, and where it came from."""
    asked = client.start(INLINE, inline_params(uri, line, character, AUTOMATIC))
    items = client.answer(asked)["result"]["items"]
    event = client.notified(COMPLETION_EVENT_METHOD, lambda params: params["id"] == asked)
    return (items[0]["insertText"] if items else None), event["source"]


def insert(client: Client, uri: str, version: int, line: int, character: int, text: str) -> None:
    place = {"line": line, "character": character}
    change: Json = {"range": {"start": place, "end": place}, "text": text}
    client.change(uri, version, change)


def started(client: Client) -> list[str]:
    events = [m["params"] for m in client.messages if m.get("method") == "test/event"]
    return [event["about"] for event in events if event["what"] == "start"]


def test_typing_what_is_shown_is_answered_from_what_is_known(waiting: Client, uri: str) -> None:
    waiting.open(uri, "# name: typed\ntotal = \n")
    assert ask(waiting, uri, 1, 8) == ("left + right", "model")
    insert(waiting, uri, 1, 1, 8, "lef")
    assert ask(waiting, uri, 1, 11) == ("t + right", "typed_through")
    insert(waiting, uri, 2, 0, 0, "import os\n")
    assert ask(waiting, uri, 2, 11) == ("left + right", "model"), "the text above is another one"
    assert started(waiting).count("typed") == 2


def test_what_became_unsafe_by_what_was_typed_is_not_shown(waiting: Client, uri: str) -> None:
    text = "import os\n# answer: request.args['x'])\nos.getcwd(\n"
    waiting.open(uri, "from flask import request\n" + text)
    assert ask(waiting, uri, 3, 10)[0] is not None
    safe = text.replace("os.getcwd(", "os.system(")
    waiting.change(uri, 1, {"text": "from flask import request\n" + safe})
    assert ask(waiting, uri, 3, 10)[0] is None


def test_the_engine_begins_at_the_keystroke_where_the_editor_asks_by_itself(
    foreseeing: Client, uri: str
) -> None:
    foreseeing.open(uri, "x = 1\n# name: one\n")
    ask(foreseeing, uri, 1, 11)
    insert(foreseeing, uri, 1, 1, 11, "x")
    foreseeing.event("start", "onex")
    text, _ = ask(foreseeing, uri, 1, 12)
    assert text is not None
    assert started(foreseeing).count("onex") == 1


def test_an_editor_that_asks_by_hand_alone_has_nothing_begun_for_it(
    foreseeing: Client, uri: str
) -> None:
    foreseeing.open(uri, "x = 1\n# name: hand\n")
    foreseeing.request(INLINE, inline_params(uri, 1, 12))
    insert(foreseeing, uri, 1, 1, 12, "x")
    foreseeing.request(INLINE, inline_params(uri, 0, 5))
    assert started(foreseeing).count("handx") == 1, "only what was asked for"


def test_with_ahead_off_nothing_is_begun_unasked(waiting: Client, uri: str) -> None:
    waiting.open(uri, "x = 1\n# name: off\n")
    ask(waiting, uri, 1, 11)
    insert(waiting, uri, 1, 1, 11, "x")
    insert(waiting, uri, 2, 1, 12, "y")
    ask(waiting, uri, 1, 13)
    names = started(waiting)
    assert (names.count("offx"), names.count("offxy")) == (0, 1)


def test_the_status_tells_what_is_known_and_what_was_served(waiting: Client, uri: str) -> None:
    waiting.open(uri, "status = \n")
    before = waiting.request("leadsman/status")["kept"]
    ask(waiting, uri, 0, 9)
    ask(waiting, uri, 0, 9)
    after = waiting.request("leadsman/status")["kept"]
    assert after["answers"] == before["answers"] + 1
    assert after["served"]["model"] == before["served"].get("model", 0) + 1
    assert after["served"]["typed_through"] == before["served"].get("typed_through", 0) + 1
    assert after["prompts"] is None, "the scripted engine keeps none"
