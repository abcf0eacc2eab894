"""Trace documents: what is refused and with which words, and the way there and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import evals.latency
from evals.latency.json_checks import TraceError
from evals.latency.trace_document import (
    FIELDS,
    SCHEMA,
    SESSION_FIELDS,
    digest,
    load_trace,
    read_document,
    write_document,
)
from tests.evals.latency.made import accept, at, delete, document, generated, insert, session

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(st.integers(0, 10**6))
def test_a_generated_session_survives_the_way_through_json(seed: int) -> None:
    made = generated(seed)
    written = json.loads(json.dumps(write_document([made])))
    assert read_document(written) == [made]


def test_the_digest_tells_sessions_apart() -> None:
    assert digest([generated(1)]) == digest([generated(1)])
    assert digest([generated(1)]) != digest([generated(2)])


def test_columns_are_utf16_units() -> None:
    made = session([insert(0, 1, 2, "x")], "a\r\n𝛼b")
    assert made.final_text == "a\r\n𝛼xb"


def test_the_example_of_the_docstring_is_a_trace() -> None:
    text = evals.latency.__doc__ or ""
    example = text[text.index('{"schema"') : text.index("\n\nPositions are")]
    (made,) = read_document(json.loads(example))
    assert [event.type for event in made.events] == ["insert", "accept", "delete", "move"]


def test_a_recorded_accept_becomes_a_chance_and_keystrokes() -> None:
    made = session([accept(10, "line", text="a\r\nb"), insert(20, 1, 1, "!")], "")
    assert [(event.type, event.t_ms, event.text) for event in made.events] == [
        ("accept", 10, ""),
        ("insert", 1010, "a"),
        ("insert", 1210, "\r\n"),
        ("insert", 1410, "b"),
        ("insert", 1420, "!"),
    ]
    assert made.final_text == "a\r\nb!"


MALFORMED: list[tuple[Any, str]] = [
    ([], "the document is [], expected an object"),
    ({"schema": SCHEMA, "version": 1}, "the document: sessions is missing"),
    (document([]) | {"version": 2}, "version is 2, this program reads 1"),
    (document([]) | {"version": True}, "version is True, this program reads 1"),
    (document([]) | {"schema": "other"}, f"schema is 'other', expected {SCHEMA!r}"),
    (document([]) | {"sessions": []}, "sessions is empty"),
    (document([]) | {"more": 1}, "the document: 'more' is not known here"),
    (document([], cursor=at(0, 1)), "sessions[0].cursor is line 0, character 1: outside the text"),
    (document([], text="\ud800"), "sessions[0].initial_text holds half a character"),
    (document([1]), "sessions[0].events[0] is 1, expected an object"),  # type: ignore[list-item]
    (
        document([{"t_ms": 0, "type": "undo"}]),
        "sessions[0].events[0].type is 'undo', expected one of insert, delete, move, accept",
    ),
    (document([insert(0, 0, 0, "")]), "sessions[0].events[0].text is empty"),
    (
        document([insert(0, 5, 0, "a")]),
        "sessions[0].events[0].at is line 5, character 0: outside the text",
    ),
    (document([insert(0, 0, 1, "a")], text="𝛼"), "sessions[0].events[0].at is inside a character"),
    (
        document([insert(float("nan"), 0, 0, "a")]),
        "sessions[0].events[0].t_ms is nan, expected a number from 0 to 1e9",
    ),
    (
        document([insert(5, 0, 0, "a"), insert(4, 0, 0, "b")]),
        "sessions[0].events[1].t_ms is 4, before the event ahead of it",
    ),
    (
        document([delete(0, at(0, 0), at(0, 0))], text="a"),
        "sessions[0].events[0].range is empty or ends before it starts",
    ),
    (
        document([accept(0, "all")]),
        "sessions[0].events[0].how is 'all', expected one of full, line, word",
    ),
    (
        document([insert(0, 0, 0, "a") | {"how": "full"}]),
        "sessions[0].events[0]: 'how' is not known here",
    ),
    (
        document([insert(0, -1, 0, "a")]),
        "sessions[0].events[0].at.line is -1, expected a whole number from 0",
    ),
]


@pytest.mark.parametrize(("raw", "reason"), MALFORMED)
def test_a_malformed_trace_is_refused_with_the_place(raw: Any, reason: str) -> None:
    with pytest.raises(TraceError) as refused:
        read_document(raw)
    assert str(refused.value) == reason


@given(JSON, st.lists(JSON, max_size=2))
def test_whatever_is_not_a_trace_is_refused_in_one_line(raw: Any, events: list[Any]) -> None:
    reasons = []
    for one in (raw, document(events), document([insert(0, 0, 0, "a") | {"at": raw}])):
        try:
            read_document(one)
        except TraceError as refused:
            reasons.append(str(refused))
    assert reasons
    assert all(len(reason.splitlines()) == 1 for reason in reasons)


def test_a_file_that_is_absent_or_no_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    with pytest.raises(TraceError, match=r"trace\.json: No such file"):
        load_trace(path)
    path.write_text("{")
    with pytest.raises(TraceError, match=r"trace\.json: it is not JSON"):
        load_trace(path)
    path.write_text(json.dumps(document([])))
    assert load_trace(path)[0].events == ()


def test_the_schema_file_names_the_fields_that_are_read() -> None:
    path = Path(evals.latency.__file__).with_name("trace.schema.json")
    schema = json.loads(path.read_text())
    assert schema["properties"]["schema"]["const"] == SCHEMA
    kinds = {
        kind["properties"]["type"]["const"]: kind for kind in schema["$defs"]["event"]["oneOf"]
    }
    assert kinds.keys() == FIELDS.keys()
    fields = {name: (("t_ms", "type", *FIELDS[name][0]), FIELDS[name][1]) for name in FIELDS}
    for name, part in {**kinds, "session": schema["$defs"]["session"]}.items():
        required, optional = fields.get(name, SESSION_FIELDS)
        assert set(part["required"]) == set(required)
        assert part["properties"].keys() == {*required, *optional}
        assert part["additionalProperties"] is False
