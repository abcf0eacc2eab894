"""The streaming detokenizer gives what decoding all bytes at once would give."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.detokenizer import StreamingDetokenizer
from tests import tiny_tokenizers as tiny

QWEN = tiny.qwen()


@settings(deadline=None)
@given(st.lists(st.integers(-1, QWEN.n_tokens + 1)))
def test_pieces_join_to_one_decoding_of_all_bytes(ids: list[int]) -> None:
    detokenizer = StreamingDetokenizer(QWEN)
    pieces = [detokenizer.push(i) for i in ids]
    at_once = b"".join(map(QWEN.token_bytes, ids)).decode(errors="replace")
    assert "".join(pieces) + detokenizer.flush() == at_once


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_stream_like_one_decoding(data: bytes) -> None:
    """All 256 bytes are tokens, so every invalid sequence is reached."""
    id_of = {QWEN.token_bytes(i): i for i in range(256)}
    detokenizer = StreamingDetokenizer(QWEN)
    pieces = [detokenizer.push(id_of[bytes([byte])]) for byte in data]
    assert "".join(pieces) + detokenizer.flush() == data.decode(errors="replace")


@settings(deadline=None)
@given(st.text())
def test_valid_text_never_shows_half_a_character(text: str) -> None:
    ids = QWEN.encode(text)
    detokenizer = StreamingDetokenizer(QWEN)
    shown = ""
    whole = b"".join(map(QWEN.token_bytes, ids)).decode()
    for i in ids:
        shown += detokenizer.push(i)
        assert whole.startswith(shown)
    assert shown == whole
    assert detokenizer.flush() == ""


def test_an_emoji_appears_with_its_last_byte() -> None:
    detokenizer = StreamingDetokenizer(QWEN)
    ids = QWEN.encode("\U0001f600")
    assert [detokenizer.push(i) for i in ids] == ["", "", "", "\U0001f600"]


def test_a_cut_character_is_one_replacement_at_the_end() -> None:
    detokenizer = StreamingDetokenizer(QWEN)
    for i in QWEN.encode("\U0001f600")[:3]:
        assert detokenizer.push(i) == ""
    assert detokenizer.flush() == "\ufffd"
    assert detokenizer.flush() == ""


def test_markers_leave_no_text_and_do_not_split_a_character() -> None:
    detokenizer = StreamingDetokenizer(QWEN)
    first, second = QWEN.encode("é")
    marker = QWEN.special_id("<|fim_pad|>")
    assert marker is not None
    assert [detokenizer.push(i) for i in (first, marker, second)] == ["", "", "é"]
