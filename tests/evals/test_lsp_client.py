"""The harness's own arithmetic: positions, frames, accepting an item."""

from __future__ import annotations

import io
import os
import queue
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.lsp_client import (
    LspClient,
    ServerGone,
    apply_item,
    offset_of,
    position_utf16,
    read_message,
)

TEXT = st.text(st.sampled_from("ab \t\n\r𝛼é"), max_size=40)


@given(TEXT, st.data())
def test_offsets_survive_the_way_through_positions(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    if text[max(0, offset - 1) : offset + 1] == "\r\n":
        offset += 1  # Between the two there is no position.
    assert offset_of(text, position_utf16(text, offset)) == offset


def test_columns_count_utf16_units() -> None:
    assert position_utf16("a\r\n𝛼b", 5) == {"line": 1, "character": 3}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"insertText": "X"}, "aXb"),
        ({"insertText": {"kind": "snippet", "value": "X"}}, "aXb"),
        (
            {
                "insertText": "X",
                "range": {
                    "start": {"line": 0, "character": 0},
                    "end": {"line": 0, "character": 1},
                },
            },
            "Xb",
        ),
    ],
)
def test_accepting_replaces_the_range_or_inserts(item: dict[str, object], expected: str) -> None:
    assert apply_item("ab", 1, item) == expected


def test_a_message_is_read_whatever_its_headers_look_like() -> None:
    frame = b'content-length: 8\r\nContent-Type: x\r\n\r\n{"a": 1}rest'
    assert read_message(io.BytesIO(frame)) == {"a": 1}
    assert read_message(io.BytesIO(b"")) is None


def test_a_server_that_dies_is_told_with_its_last_words() -> None:
    dying = (sys.executable, "-c", "import sys; sys.exit('no such model')")
    with LspClient(dying) as client, pytest.raises(ServerGone):
        client.initialize()
    assert client.process.returncode == 1


def test_an_answer_is_told_to_who_asked_and_the_end_too() -> None:
    told: queue.SimpleQueue[dict[str, object]] = queue.SimpleQueue()
    echo = (
        "import json, sys\n"
        "from evals.lsp_client import read_message\n"
        "message = read_message(sys.stdin.buffer)\n"
        "body = json.dumps({'jsonrpc': '2.0', 'id': message['id'], 'result': 'yes'})\n"
        "print(f'Content-Length: {len(body)}\\r\\n\\r\\n{body}', end='', flush=True)\n"
        "read_message(sys.stdin.buffer)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with LspClient((sys.executable, "-P", "-c", echo), env=env) as client:
        request_id = client.ask("first", None, told.put)
        assert told.get(timeout=60) == {"jsonrpc": "2.0", "id": request_id, "result": "yes"}
        client.ask("second", None, told.put)
        end = told.get(timeout=60)
    assert "id" not in end
    assert str(end["error"]).startswith("the server ended")
