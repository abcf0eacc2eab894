"""The status document and when it is sent."""

from __future__ import annotations

from typing import Any

from lsp_server.status import Status


def test_each_change_is_published_once() -> None:
    sent: list[dict[str, Any]] = []
    status = Status(sent.append)
    status.set_state("loading", "reading", None)
    status.set_state("loading", "reading", None)
    status.set_state("ready", "", "model")
    assert [document["state"] for document in sent] == ["loading", "ready"]
    assert sent[-1] == {
        "state": "ready",
        "message": "",
        "model": "model",
        "lastEmpty": None,
        "lastTimingsMs": None,
        "checks": {
            "state": "not loaded",
            "message": "",
            "engines": [],
            "offered": 0,
            "fixed": 0,
            "blocked": 0,
            "unchecked": 0,
            "lastUnchecked": None,
        },
    }


def test_two_empty_answers_for_the_same_reason_are_both_published() -> None:
    sent: list[dict[str, Any]] = []
    status = Status(sent.append)
    status.answered_empty("blank", "", "file:///a")
    status.answered_empty("blank", "", "file:///a")
    assert len(sent) == 2
    assert sent[1]["lastEmpty"] == {"reason": "blank", "detail": "", "uri": "file:///a"}
