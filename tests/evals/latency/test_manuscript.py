"""The two texts of a session, under any trace and any accepting."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evals.latency.manuscript import Manuscript
from evals.latency.trace import Event, Session, text_after
from tests.evals.latency.made import TEXT, generated


@st.composite
def traces(draw: st.DrawFn) -> Session:
    """Any edits anywhere, as from an editor that also moves, pastes and deletes."""
    text = initial = draw(st.text("ab(\n\r𝛼", max_size=12))
    events: list[Event] = []
    for i in range(draw(st.integers(0, 14))):
        start = draw(st.integers(0, len(text)))
        kind = draw(st.sampled_from(["insert", "insert", "insert", "delete", "move"]))
        if kind == "delete" and start < len(text):
            event = Event(i, "delete", start, draw(st.integers(start + 1, len(text))))
        elif kind == "insert":
            event = Event(
                i, "insert", start, start, draw(st.text("xyz)\n", min_size=1, max_size=3))
            )
        else:
            event = Event(i, "move", start, start)
        events.append(event)
        text = text_after(text, event)
    cursor = draw(st.integers(0, len(initial)))
    return Session("any", "python", "any.py", initial, cursor, tuple(events))


def play(session: Session, rng: random.Random) -> tuple[Manuscript, str, int]:
    """Accepts at random; returns also the text that the changes give, and how much was accepted."""
    manuscript = Manuscript(session)
    sent, n_accepted = session.initial_text, 0

    def send(change: Any) -> None:
        nonlocal sent
        sent = sent[: change.start] + change.text + sent[change.end :]

    for event_idx, event in enumerate(session.events):
        due = manuscript.due_text()
        if due and rng.random() < 0.4:
            n_chars = rng.randint(1, len(due))
            before = manuscript.text[: manuscript.cursor]
            send(manuscript.accept(n_chars))
            assert manuscript.text.startswith(before + due[:n_chars])
            n_accepted += n_chars
        is_needless = manuscript.is_needless(event_idx, event)
        changes = manuscript.apply(event_idx, event)
        assert not (is_needless and changes)
        for change in changes:
            send(change)
        assert sent == manuscript.text
        assert 0 <= manuscript.cursor <= len(sent)
    return manuscript, sent, n_accepted


@given(traces(), st.randoms(use_true_random=False))
def test_the_screen_ends_with_the_traces_text_whatever_was_accepted(
    session: Session, rng: random.Random
) -> None:
    manuscript, sent, _ = play(session, rng)
    assert sent == manuscript.final_text == session.final_text


@given(st.integers(0, 10**6), st.integers(8, 120))
def test_generated_sessions_end_with_the_file(seed: int, n_chars: int) -> None:
    session = generated(seed, n_chars)
    manuscript, sent, _ = play(session, random.Random(seed))
    assert sent == manuscript.final_text == TEXT


def test_accepting_saves_its_characters_from_being_typed() -> None:
    session = generated(3, 60)
    untouched = Manuscript(session)
    n_typed = sum(
        len(change.text)
        for event_idx, event in enumerate(session.events)
        for change in untouched.apply(event_idx, event)
    )
    manuscript = Manuscript(session)
    due = manuscript.due_text()
    manuscript.accept(len(due))
    changes = [
        change
        for event_idx, event in enumerate(session.events)
        for change in manuscript.apply(event_idx, event)
    ]
    assert len(due) >= 20
    assert sum(len(change.text) for change in changes) <= n_typed - len(due)


def test_nothing_is_due_after_a_slip_that_will_be_taken_back() -> None:
    events = (
        Event(0, "insert", 0, 0, "a"),
        Event(1, "insert", 1, 1, "x"),
        Event(2, "delete", 1, 2),
        Event(3, "insert", 1, 1, "b"),
    )
    manuscript = Manuscript(Session("slip", "python", "slip.py", "", 0, events))
    due = [manuscript.due_text()]
    for event_idx, event in enumerate(events):
        manuscript.apply(event_idx, event)
        due.append(manuscript.due_text())
    assert due == ["ab", "b", "", "b", ""]


def test_what_was_accepted_between_brackets_stays_between_them() -> None:
    # "(" and ")" are typed first, then the inside, as with brackets that close by themselves.
    events = (
        Event(0, "insert", 0, 0, "("),
        Event(1, "insert", 1, 1, ")"),
        Event(2, "move", 1, 1),
        Event(3, "insert", 1, 1, "x"),
    )
    manuscript = Manuscript(Session("brackets", "python", "b.py", "", 0, events))
    manuscript.apply(0, events[0])
    assert manuscript.accept(1).text == "x"
    manuscript.apply(1, events[1])
    assert manuscript.text == "(x)"
    manuscript.apply(2, events[2])
    assert manuscript.cursor == 2
    assert manuscript.is_needless(3, events[3])
    assert manuscript.apply(3, events[3]) == []
    assert manuscript.text == "(x)"
