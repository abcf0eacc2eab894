"""Stop texts in streams cut anywhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codegen.stop_matcher import StopMatcher

TEXT = st.text("ab\n", max_size=30)


def run(texts: list[str], pieces: list[str]) -> tuple[str, str | None]:
    matcher = StopMatcher(texts)
    out = "".join(matcher.push(piece) for piece in pieces)
    if matcher.matched is None:
        out += matcher.flush()
    return out, matcher.matched


@given(st.lists(TEXT, max_size=8), st.text("ab\n", min_size=1, max_size=4))
def test_where_the_stream_is_cut_does_not_matter(pieces: list[str], stop: str) -> None:
    before, found, _ = "".join(pieces).partition(stop)
    assert run([stop], pieces) == (before, found or None)


@given(st.lists(TEXT, max_size=8), st.lists(st.text("ab\n", max_size=4), max_size=3))
def test_no_stop_text_is_ever_emitted(pieces: list[str], texts: list[str]) -> None:
    whole = "".join(pieces)
    out, matched = run(texts, pieces)
    assert whole.startswith(out)
    assert not any(stop in out for stop in texts if stop)
    assert (matched is None) == (out == whole and not any(s in whole for s in texts if s))


def test_the_beginning_of_a_stop_text_is_held_back() -> None:
    matcher = StopMatcher(["\n\n"])
    assert matcher.push("a\n") == "a"
    assert matcher.push("b") == "\nb"
    assert matcher.push("\n") == ""
    assert matcher.push("\nrest") == ""
    assert matcher.matched == "\n\n"
    assert matcher.push("more") == ""


def test_the_earliest_stop_wins() -> None:
    assert run(["c", "b"], ["abc"]) == ("a", "b")
    assert run(["b", "bc"], ["abcd"]) == ("a", "bc")
