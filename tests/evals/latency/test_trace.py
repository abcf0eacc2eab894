"""What a session's text is after its events."""

from __future__ import annotations

from tests.evals.latency.made import accept, at, delete, insert, session


def test_the_final_text_is_what_the_edits_leave() -> None:
    events = [
        insert(0, 0, 1, "bx"),
        accept(1),
        delete(2, at(0, 2), at(0, 3)),
        {"t_ms": 3, "type": "move", "at": at(0, 0)},
    ]
    assert session(events, "ac").final_text == "abc"
