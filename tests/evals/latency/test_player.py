"""Sessions played against a real server whose engine knows the truth."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.evals.latency.conftest import Play
from tests.evals.latency.made import TEXT, accept, at, delete, generated, insert, session

BEFORE = "def add(left, right):\n    "


def keys(
    text: str, line: int, character: int, t_ms: float = 0.0, step: float = 1000.0
) -> list[Any]:
    return [insert(t_ms + i * step, line, character + i, key) for i, key in enumerate(text)]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    n_chars=st.integers(8, 90),
    patience=st.sampled_from([0.0, 0.5, 1.0]),
    crlf=st.booleans(),
)
def test_the_server_has_the_clients_text_all_along_and_the_true_text_at_the_end(
    play: Play, seed: int, n_chars: int, patience: float, crlf: bool
) -> None:
    text = TEXT.replace("\n", "\r\n") if crlf else TEXT
    player = play(generated(seed, n_chars, text), patience=patience, seed=seed)
    assert player.manuscript.text == text
    assert player.record.is_complete
    n_asked = len(player.record.asked)
    assert n_asked == sum(one.outcome != "unanswered" for one in player.record.asked)


def test_what_agrees_is_accepted_whole_and_not_typed_again(play: Play) -> None:
    events = [*keys("r", 1, 4), accept(0), *keys("eturn left", 1, 5, 5000)]
    player = play(session(events, BEFORE, cursor=at(1, 4)))
    record = player.record
    assert player.manuscript.text == BEFORE + "return left"
    assert record.n_accepts == {"full": 1, "line": 0, "word": 0}
    assert (record.n_accepted_chars, record.n_kept_chars) == (10, 10)
    assert (record.n_keystrokes, record.n_left_out, record.n_typed_chars) == (2, 10, 1)


def test_only_the_agreeing_line_or_word_of_an_offer_is_accepted(play: Play) -> None:
    truth = BEFORE + "return left\n    # beyond"
    events = [*keys("r", 1, 4), accept(0, "full"), *keys("eturn left", 1, 5, 5000)]
    player = play(session(events, BEFORE, cursor=at(1, 4)), truth=truth)
    # The truth's second line is not the user's, so neither is the whole of the offer.
    assert player.record.n_accepts["full"] + player.record.n_accepts["line"] == 1
    events[1] = accept(0, "word")
    player = play(session(events, BEFORE, cursor=at(1, 4)))
    assert player.record.n_accepts == {"full": 0, "line": 0, "word": 1}
    assert player.record.n_accepted_chars == len("eturn")


def test_an_offer_that_the_file_does_not_have_is_never_accepted(play: Play) -> None:
    events = [*keys("r", 1, 4), accept(0), *keys("eturn left", 1, 5, 5000)]
    player = play(session(events, BEFORE, cursor=at(1, 4)), truth=BEFORE + "raise ValueError")
    assert player.manuscript.text == BEFORE + "return left"
    assert sum(player.record.n_accepts.values()) == 0
    first = player.record.asked[0]
    assert (first.outcome, first.n_offered, first.n_matching) == ("shown", 15, 0)


def test_an_offer_is_accepted_only_after_it_was_seen_long_enough(play: Play) -> None:
    events = [*keys("r", 1, 4), accept(0, seen_ms=6000), *keys("eturn left", 1, 5, 5000)]
    player = play(session(events, BEFORE, cursor=at(1, 4)))
    assert sum(player.record.n_accepts.values()) == 0
    events[1] = accept(0, seen_ms=4000)
    player = play(session(events, BEFORE, cursor=at(1, 4)))
    assert player.record.n_accepts["full"] == 1


def test_a_slip_stops_what_is_typed_through_and_is_left_out_where_accepted_over(
    play: Play,
) -> None:
    slip = [insert(2000, 1, 6, "x"), delete(2500, at(1, 6), at(1, 7))]
    events = [*keys("re", 1, 4), *slip, *keys("turn left", 1, 6, 4000)]
    player = play(session(events, BEFORE, cursor=at(1, 4)))
    assert player.manuscript.text == BEFORE + "return left"
    # "e", then after the slip was taken back all but the first of "turn left".
    assert player.record.n_typed_through == 1 + 9
    with_accept = [*keys("r", 1, 4), accept(0, "word"), *events[1:]]
    player = play(session(with_accept, BEFORE, cursor=at(1, 4)))
    assert player.record.n_left_out == len("e") + 2 + len("turn")


def test_a_keystroke_cancels_the_request_before_it(play: Play) -> None:
    events = keys("return", 1, 4)
    player = play(session(events, BEFORE, cursor=at(1, 4)), patience=0.0)
    *overtaken, last = player.record.asked
    assert len(overtaken) == 4
    assert {one.outcome for one in overtaken} <= {"cancelled", "stale"}
    assert all(one.cut_off_s is not None and one.is_after_end for one in overtaken)
    assert last.outcome in ("cancelled", "stale", "shown", "empty")


def test_keys_within_the_debounce_time_are_asked_about_once(play: Play) -> None:
    events = [*keys("ret", 1, 4, step=20.0), *keys("u", 1, 7, 500), *keys("r", 1, 8, 1000)]
    player = play(session(events, BEFORE, cursor=at(1, 4)))
    assert len(player.record.asked) == 2
    for one in player.record.asked:
        assert round(one.sent_s - one.keystroke_s, 6) == 0.05


def test_a_jump_hides_what_was_offered_and_asks_for_nothing(play: Play) -> None:
    jump = {"t_ms": 2000, "type": "move", "at": at(0, 0)}
    events = [*keys("r", 1, 4), jump, accept(3000), *keys("# ", 0, 0, 9000, 10.0)]
    player = play(session(events, BEFORE, cursor=at(1, 4)))
    assert player.manuscript.text == "# " + BEFORE + "r"
    assert len(player.record.asked) == 1
    assert sum(player.record.n_accepts.values()) == 0


def test_a_jump_withdraws_what_was_asked_before_it(play: Play) -> None:
    jump = {"t_ms": 2000, "type": "move", "at": at(0, 0)}
    # Only a cancelled request is ever answered here, and no edit cancels it on the server's side.
    player = play(session([insert(0, 1, 0, "r"), jump], "# wait\n"), patience=0.0)
    (asked,) = player.record.asked
    assert (asked.outcome, asked.cut_off_s) == ("cancelled", 2.0)


def test_a_recorded_accept_is_taken_where_offered_and_typed_where_not(play: Play) -> None:
    events = [*keys("r", 1, 4), accept(2000, text="eturn left"), insert(3000, 1, 15, "!")]
    made = session(events, BEFORE, cursor=at(1, 4))
    taken = play(made, truth=BEFORE + "return left")
    typed = play(made, truth="nothing of this")
    assert taken.manuscript.text == typed.manuscript.text == BEFORE + "return left!"
    assert (taken.record.n_accepted_chars, typed.record.n_accepted_chars) == (10, 0)
    assert (taken.record.n_typed_chars, typed.record.n_typed_chars) == (2, 12)


def test_the_server_tells_of_each_answer_by_its_request(play: Play) -> None:
    player = play(session(keys("ret", 1, 4), BEFORE + "\n", cursor=at(1, 4)))
    first, second = player.record.asked
    assert first.event is not None
    assert second.event is not None
    assert (first.event["id"], second.event["id"]) == (first.request_id, second.request_id)
    assert first.event["timingsMs"]["prefill"] == 2
    assert first.event["tokens"]["reused"] == 4
    assert (first.event["source"], second.event["source"]) == ("model", "typed_through")
