"""`complete` as a whole: what it asks, what it measures, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from codegen.engine import (
    CancelToken,
    EngineInfo,
    Event,
    Finished,
    Infill,
    Request,
    TextDelta,
)
from codegen.errors import Cancelled, UnsupportedModel
from lsp_server.completion.complete import complete
from lsp_server.completion.query import CompletionOptions, CompletionQuery, CompletionResult
from tests.scripted_engine import ScriptedEngine, says

OPTIONS = CompletionOptions()


def ask(
    text: str, engine: object, options: CompletionOptions = OPTIONS, **query: object
) -> CompletionResult:
    before, _, after = text.partition("‸")
    asked = CompletionQuery(before + after, len(before), "python", **query)  # type: ignore[arg-type]
    return complete(asked, options, engine, CancelToken())  # type: ignore[arg-type]


class Unruly:
    """An engine that breaks its promises: it raises, or ends without a result."""

    info = EngineInfo("unruly", "", "", "", 0)

    def __init__(self, error: Exception | None, starts: bool = True) -> None:
        self.error = error
        self.starts = starts

    def generate(self, requests: Sequence[Request], cancel: CancelToken) -> Iterator[Event]:
        if not self.starts and self.error is not None:
            raise self.error
        return self._events()

    def close(self) -> None:
        """Nothing to release."""

    def _events(self) -> Iterator[Event]:
        yield TextDelta(0, "1")
        if self.error is not None:
            raise self.error


def test_the_request_holds_the_text_around_the_cursor_and_stops_at_the_line() -> None:
    engine = ScriptedEngine(says("1", "\n", "z"))
    ask("a = 0\nx = ‸\ny = 2\n", engine, path="src/a.py")
    (request,) = engine.requests
    assert request.prompt == Infill("a = 0\nx = ", "\ny = 2\n", "src/a.py")
    assert request.stop.texts == ("\n",)
    assert request.stop.max_new_tokens == OPTIONS.max_new_tokens
    assert engine.n_pieces == 2


def test_the_options_reach_the_engine() -> None:
    engine = ScriptedEngine(says("1"))
    options = CompletionOptions(
        max_new_tokens=5, prefix_tokens=11, suffix_tokens=7, temperature=0.5, seed=3
    )
    ask("x = ‸", engine, options)
    (request,) = engine.requests
    assert (request.stop.max_new_tokens, request.budget.prefix_tokens) == (5, 11)
    assert (request.budget.suffix_tokens, request.sampling.temperature) == (7, 0.5)
    assert request.sampling.seed == 3


def test_the_model_sees_the_same_prompt_whatever_the_line_ends() -> None:
    prompts = []
    for eol in ("\n", "\r\n", "\r"):
        engine = ScriptedEngine(says("1"))
        ask("a = 0\nx = ‸\ny = 2\n".replace("\n", eol), engine)
        prompts.append(engine.requests[0].prompt)
    assert prompts[0] == prompts[1] == prompts[2]


def test_several_lines_are_not_stopped_by_the_engine() -> None:
    engine = ScriptedEngine(says("\n    return 1"))
    ask("def f():‸\n", engine)
    assert engine.requests[0].stop.texts == ()


def test_the_stream_ends_as_soon_as_the_block_does() -> None:
    pieces = ["\n", "    return", " 1", "\n", "def", " g", "():", "\n", "    pass", "\n"]
    engine = ScriptedEngine(says(*pieces))
    result = ask("def f():‸\n", engine)
    assert result.text == "\n    return 1"
    # "def" at column 0 tells that the block is over; the engine is asked for no further token.
    assert engine.n_pieces == 5
    counts = {"prompt": 7, "reused": 3, "completion": 5, "drafted": 0, "accepted": 0}
    assert result.tokens == counts


def test_the_stream_ends_when_the_line_below_is_written_again() -> None:
    engine = ScriptedEngine(says("y += 1", "\n    ", "return y + 1", "\n", "never"))
    options = CompletionOptions(multiline="always")
    result = ask("def f(y):\n    ‸\n    return y + 1\n", engine, options)
    assert (result.text, engine.n_pieces) == ("y += 1", 4)


def test_the_stream_ends_when_the_model_goes_round_in_circles() -> None:
    engine = ScriptedEngine(lambda _: ["    print(1)\n"] * 90)
    result = ask("def f():\n‸\n", engine, CompletionOptions(max_lines=80))
    assert result.text == "    print(1)"
    assert engine.n_pieces == 3


@pytest.mark.parametrize("document", ["def f():\n    ‸\n", "x = ‸\n", "def f():‸\n"])
def test_a_model_that_writes_blanks_for_ever_is_stopped(document: str) -> None:
    engine = ScriptedEngine(lambda _: ["    "] * 90)
    result = ask(document, engine)
    assert (result.text, result.reason) == ("", "blank")
    assert engine.n_pieces <= 12


def test_an_early_end_still_says_what_the_engine_measured() -> None:
    engine = ScriptedEngine(says("\n    a = 1\n", "b = 2\n", "c = 3\n"))
    result = ask("def f():‸\n", engine)
    assert result.text == "\n    a = 1"
    assert [result.timings_ms[name] for name in ("queue", "prompt", "prefill", "decode")] == [
        1,
        2,
        3,
        4,
    ]
    assert set(result.timings_ms) == {"queue", "prompt", "prefill", "decode", "filter", "total"}
    assert result.timings_ms["total"] >= result.timings_ms["filter"] > 0


def test_a_cancelled_query_does_not_reach_the_engine() -> None:
    engine = ScriptedEngine(says("1"))
    cancel = CancelToken()
    cancel.cancel()
    result = complete(CompletionQuery("x = ", 4), OPTIONS, engine, cancel)
    assert (result.text, result.reason) == ("", "cancelled")
    assert engine.requests == []


def test_cancelling_ends_the_stream_at_the_next_token() -> None:
    cancel = CancelToken()

    def cancel_at(piece: int) -> None:
        if piece == 2:
            cancel.cancel()

    engine = ScriptedEngine(says("1", " + ", "2", " + ", "3"), before_piece=cancel_at)
    result = complete(CompletionQuery("x = ", 4), OPTIONS, engine, cancel)
    assert (result.text, result.reason) == ("", "cancelled")
    assert engine.n_pieces == 2


@pytest.mark.parametrize("error", [UnsupportedModel("no such family"), RuntimeError("no memory")])
def test_an_engine_that_failed_is_a_reason_with_its_words(error: Exception) -> None:
    result = ask("x = ‸", ScriptedEngine(lambda _: error))
    assert (result.text, result.reason) == ("", "failed")
    assert str(error) in result.detail


@pytest.mark.parametrize("starts", [True, False])
def test_an_engine_that_raises_is_a_reason_with_its_words(starts: bool) -> None:
    result = ask("x = ‸", Unruly(MemoryError("too much"), starts))
    assert (result.text, result.reason) == ("", "failed")
    assert result.detail == "MemoryError: too much"


def test_an_engine_that_raises_cancelled_was_cancelled() -> None:
    assert ask("x = ‸", Unruly(Cancelled("withdrawn"))).reason == "cancelled"


class Stubborn(Unruly):
    """An engine that does not look at its token and writes on."""

    def __init__(self) -> None:
        super().__init__(None)
        self.n_pieces = 0

    def _events(self) -> Iterator[Event]:
        for _ in range(50):
            self.n_pieces += 1
            yield TextDelta(0, "a = 1\n\n\n")
        yield Finished(0, "stop_token")


def test_an_engine_that_does_not_stop_is_closed() -> None:
    engine = Stubborn()
    assert ask("b = 0\n\n‸", engine).text == "a = 1"
    assert engine.n_pieces <= 6


def test_an_answer_that_comes_after_it_was_withdrawn_is_not_given() -> None:
    cancel = CancelToken()

    class Late(Stubborn):
        def _events(self) -> Iterator[Event]:
            yield TextDelta(0, "1")
            cancel.cancel()
            yield Finished(0, "stop_token")

    result = complete(CompletionQuery("x = ", 4), OPTIONS, Late(), cancel)
    assert (result.text, result.reason) == ("", "cancelled")


def test_an_engine_that_ends_without_a_result_failed() -> None:
    result = ask("x = ‸", Unruly(None))
    assert (result.reason, result.detail) == ("failed", "the engine ended without a result")


def test_a_closed_engine_failed() -> None:
    engine = ScriptedEngine(says("1"))
    engine.close()
    assert ask("x = ‸", engine).reason == "failed"


def test_a_full_context_without_text_is_its_own_reason() -> None:
    class Full(Unruly):
        def _events(self) -> Iterator[Event]:
            yield Finished(0, "context_full", detail="8192 tokens")

    result = ask("x = ‸", Full(None))
    assert (result.reason, result.detail) == ("context_full", "statement; 8192 tokens")


def test_the_detail_says_why_one_line_or_several() -> None:
    assert ask("def f():‸\n", ScriptedEngine(says("\n    pass"))).detail == "empty_block"
    assert ask("x = ‸\n", ScriptedEngine(says("1"))).detail == "statement"


CODE = st.text(alphabet=st.sampled_from(list("ab1 :=,.#'\"()[]{}/*`\\\n\r\t😀")), max_size=60)
ANY = st.one_of(CODE, st.text(max_size=40))
LANGUAGES = st.sampled_from(["python", "javascript", "c", "go", "rust", "lua", "markdown", "?"])
MULTILINE = st.sampled_from(["auto", "never", "always"])


@given(ANY, st.integers(-5, 70), ANY, LANGUAGES, MULTILINE, st.integers(1, 5), st.booleans())
@example("\r\n", 1, "\n\n\n", "python", "auto", 1, True)
@settings(max_examples=400, deadline=None)
def test_any_text_gives_a_text_or_a_reason(
    text: str, offset: int, said: str, language: str, multiline: str, max_lines: int, cut: bool
) -> None:
    options = CompletionOptions(
        multiline=multiline,  # type: ignore[arg-type]
        max_lines=max_lines,
        max_new_tokens=max(len(said) // 2, 1) if cut else 1000,
    )
    query = CompletionQuery(text, offset, language)
    result = complete(query, options, ScriptedEngine(says(*said)), CancelToken())
    assert (result.text == "") is (result.reason is not None)
    assert result.reason not in ("failed", "cancelled")
    if "\r" not in text:
        assert "\r" not in result.text
    again = complete(query, options, ScriptedEngine(says(*said)), CancelToken())
    assert (again.text, again.reason) == (result.text, result.reason)


@given(ANY, st.integers(0, 60), ANY, LANGUAGES, MULTILINE)
@settings(max_examples=300, deadline=None)
def test_the_pieces_of_a_stream_do_not_change_the_result(
    text: str, offset: int, said: str, language: str, multiline: str
) -> None:
    options = CompletionOptions(multiline=multiline, max_new_tokens=1000)  # type: ignore[arg-type]
    query = CompletionQuery(text, offset, language)
    whole = complete(query, options, ScriptedEngine(says(said)), CancelToken())
    pieces = complete(query, options, ScriptedEngine(says(*said)), CancelToken())
    assert (pieces.text, pieces.reason) == (whole.text, whole.reason)


@given(st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){0,3}", fullmatch=True))
def test_text_that_needs_nothing_is_inserted_as_it_is(said: str) -> None:
    assert ask("value = ‸\nother = 1\n", ScriptedEngine(says(said))).text == said
