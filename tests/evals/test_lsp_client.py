"""The harness's own arithmetic: positions, frames, accepting an item."""

from __future__ import annotations

import io
import sys

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
