"""The JSON document of typing sessions: checking, reading, writing, and its digest."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from evals.latency.json_checks import (
    TraceError,
    check_fields,
    count,
    nonempty,
    number,
    shown,
    typed,
)
from evals.latency.trace import Event, How, Session, text_after
from evals.lsp_client import position_utf16

SCHEMA = "leadsman-typing-trace"
VERSION = 1

# What each kind of event must hold and may hold, besides `t_ms` and `type`.
FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "insert": (("at", "text"), ()),
    "delete": (("range",), ()),
    "move": (("at",), ()),
    "accept": (("how",), ("seen_ms", "text")),
}
SESSION_FIELDS = (("name", "language_id", "initial_text", "events"), ("path", "cursor"))
_LINE_END = re.compile(r"\r\n|\r|\n")

# How a recorded accept is typed where nothing fitting is offered on replay.
_PATIENCE_MS = 1000.0
_TYPED_MS = 200.0


def load_trace(path: Path) -> list[Session]:
    """Reads a trace file.

    Raises:
        TraceError: it cannot be read, is not JSON or not as documented.
    """
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or "it is not JSON"
        raise TraceError(f"{path}: {reason}") from None
    try:
        return read_document(document)
    except TraceError as error:
        raise TraceError(f"{path}: {error}") from None


def read_document(document: Any) -> list[Session]:
    """Checks a trace document and makes sessions of it.

    Raises:
        TraceError: it is not as documented; the message names the place.
    """
    check_fields(document, ("schema", "version", "sessions"), (), "the document")
    if document["schema"] != SCHEMA:
        raise TraceError(f"schema is {shown(document['schema'])}, expected {SCHEMA!r}")
    if document["version"] != VERSION or document["version"] is True:
        raise TraceError(f"version is {shown(document['version'])}, this program reads {VERSION}")
    sessions = typed(document["sessions"], list, "sessions")
    if not sessions:
        raise TraceError("sessions is empty")
    return [_read_session(raw, f"sessions[{i}]") for i, raw in enumerate(sessions)]


def write_document(sessions: Iterable[Session]) -> dict[str, Any]:
    """The trace document of some sessions; `read_document` gives them back."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "sessions": [_write_session(session) for session in sessions],
    }


def digest(sessions: Sequence[Session]) -> str:
    """A fingerprint of what is replayed."""
    canonical = json.dumps(write_document(sessions), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _read_session(raw: Any, place: str) -> Session:
    check_fields(raw, *SESSION_FIELDS, place)
    name, language_id, text = (
        typed(raw[key], str, f"{place}.{key}") for key in ("name", "language_id", "initial_text")
    )
    path = typed(raw.get("path", name), str, f"{place}.path")
    cursor = _offset(text, raw["cursor"], f"{place}.cursor") if "cursor" in raw else 0
    events: list[Event] = []
    current, at, last_ms, shift_ms = text, cursor, 0.0, 0.0
    for i, raw_event in enumerate(typed(raw["events"], list, f"{place}.events")):
        here = f"{place}.events[{i}]"
        event = _read_event(raw_event, current, here)
        if event.t_ms < last_ms:
            raise TraceError(f"{here}.t_ms is {event.t_ms:g}, before the event ahead of it")
        last_ms = event.t_ms
        made = [replace(event, t_ms=event.t_ms + shift_ms)]
        if event.type == "accept" and event.text:
            made = list(_typed_out(event, at, shift_ms))
            shift_ms = made[-1].t_ms - event.t_ms
        for one in made:
            current = text_after(current, one)
            at = one.start + len(one.text) if one.type != "accept" else at
        events += made
    return Session(name, language_id, path, text, cursor, tuple(events))


def _read_event(raw: Any, text: str, place: str) -> Event:
    typed(raw, dict, place)
    kind = raw.get("type")
    if kind not in FIELDS:
        raise TraceError(f"{place}.type is {shown(kind)}, expected one of {', '.join(FIELDS)}")
    required, optional = FIELDS[kind]
    check_fields(raw, ("t_ms", "type", *required), optional, place)
    t_ms = number(raw["t_ms"], f"{place}.t_ms")
    if kind == "delete":
        span = raw["range"]
        check_fields(span, ("start", "end"), (), f"{place}.range")
        start, end = (_offset(text, span[key], f"{place}.range.{key}") for key in ("start", "end"))
        if start >= end:
            raise TraceError(f"{place}.range is empty or ends before it starts")
        return Event(t_ms, "delete", start, end)
    if kind == "accept":
        if raw["how"] not in get_args(How):
            expected = ", ".join(get_args(How))
            raise TraceError(f"{place}.how is {shown(raw['how'])}, expected one of {expected}")
        seen_ms = number(raw.get("seen_ms", 0), f"{place}.seen_ms")
        recorded = nonempty(raw["text"], f"{place}.text") if "text" in raw else ""
        return Event(t_ms, "accept", text=recorded, how=raw["how"], seen_ms=seen_ms)
    at = _offset(text, raw["at"], f"{place}.at")
    if kind == "move":
        return Event(t_ms, "move", at, at)
    return Event(t_ms, "insert", at, at, nonempty(raw["text"], f"{place}.text"))


def _typed_out(event: Event, at: int, shift_ms: float) -> Iterator[Event]:
    """A recorded accept: the chance to accept, and the keystrokes that do without."""
    begun = event.t_ms + shift_ms
    yield Event(begun, "accept", how=event.how, seen_ms=event.seen_ms)
    for i, char in enumerate(re.findall(r"\r\n|.", event.text, re.DOTALL)):
        yield Event(begun + _PATIENCE_MS + i * _TYPED_MS, "insert", at, at, char)
        at += len(char)


def _write_session(session: Session) -> dict[str, Any]:
    text = session.initial_text
    events = []
    for event in session.events:
        raw: dict[str, Any] = {"t_ms": event.t_ms, "type": event.type}
        if event.type == "accept":
            raw |= {"how": event.how, "seen_ms": event.seen_ms}
        elif event.type == "delete":
            ends = (("start", event.start), ("end", event.end))
            raw["range"] = {key: position_utf16(text, at) for key, at in ends}
        else:
            raw["at"] = position_utf16(text, event.start)
            if event.type == "insert":
                raw["text"] = event.text
        events.append(raw)
        text = text_after(text, event)
    return {
        "name": session.name,
        "language_id": session.language_id,
        "path": session.path,
        "initial_text": session.initial_text,
        "cursor": position_utf16(session.initial_text, session.cursor),
        "events": events,
    }


def _offset(text: str, raw: Any, place: str) -> int:
    check_fields(raw, ("line", "character"), (), place)
    line, character = (count(raw[key], f"{place}.{key}") for key in ("line", "character"))
    begin = 0
    if line:
        ends = itertools.islice(_LINE_END.finditer(text), line - 1, line)
        begin = next((match.end() for match in ends), -1)
    end = _LINE_END.search(text, max(begin, 0))
    whole = text[begin : end.start() if end else len(text)]
    column = len(whole.encode("utf-16-le", "surrogatepass")[: 2 * character])
    if begin < 0 or column < 2 * character:
        raise TraceError(f"{place} is line {line}, character {character}: outside the text")
    try:
        before = whole.encode("utf-16-le")[:column].decode("utf-16-le")
    except UnicodeError:
        raise TraceError(f"{place} is inside a character") from None
    return begin + len(before)
