"""The desk: what is answered from what, what is read before it is shown, and what ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from analyzers.finding import Span
from codegen.engine import CancelToken, Engine, Infill, Request
from lsp_server.completion.query import CompletionOptions, CompletionQuery, CompletionResult
from lsp_server.engine_host import EngineHost
from lsp_server.serving import desk as desk_module
from lsp_server.serving.desk import Desk
from lsp_server.serving.place import Place
from lsp_server.status import State
from tests.scripted_engine import ScriptedEngine

URI = "file:///a.py"
OPTIONS = CompletionOptions(ahead=False, debounce_ms=0)
CURSOR = "‸"
NOWHERE = types.Position(0, 0)


class Quiet:
    """Hears nothing of the host."""

    def state_changed(self, state: State, message: str, model: str | None) -> None:
        pass

    def load_progressed(self, stage: str, fraction: float) -> None:
        pass


@dataclass
class NotingReader:
    """Notes what it was given; refuses texts that hold a word."""

    read_texts: list[tuple[str, str]] = field(default_factory=list)
    refused: str = "unsafe"

    def prepare(self, place: Place) -> None:
        pass

    def read(self, result: CompletionResult, place: Place) -> CompletionResult:
        self.read_texts.append((place.document, result.text))
        if self.refused in place.document[: place.span.start] + result.text:
            return replace(result, text="", reason="blocked")
        return result


@dataclass
class Session:
    """A desk, its engine, and a gate before each piece that the engine writes."""

    desk: Desk
    host: EngineHost
    engine: ScriptedEngine
    reader: NotingReader
    may_write: threading.Semaphore
    has_written: asyncio.Queue[int]

    def place(self, marked: str, trigger: Any = "automatic") -> Place:
        offset = marked.index(CURSOR)
        text = marked.replace(CURSOR, "")
        query = CompletionQuery(text, offset, "python", trigger=trigger)
        span = Span(offset, offset)
        return Place(query, types.Range(NOWHERE, NOWHERE), "", text, span)

    def ask(
        self, marked: str, options: CompletionOptions = OPTIONS, trigger: Any = "automatic"
    ) -> asyncio.Future[CompletionResult]:
        return self.desk.ask(URI, self.place(marked, trigger), options, self.reader)

    def type(self, marked: str) -> None:
        self.desk.edited(URI, marked.replace(CURSOR, ""))

    def write(self, n_pieces: int) -> None:
        for _ in range(n_pieces):
            self.may_write.release()

    async def wrote(self, n_pieces: int) -> None:
        """Waits until the engine is about to write the piece of that number."""
        while await self.has_written.get() != n_pieces:
            pass


def script_of(request: Request) -> Sequence[str]:
    """Spells the rest of the line, as the document's first line promises it: "# one ~ two"."""
    assert isinstance(request.prompt, Infill)
    if not request.stop.max_new_tokens:
        return ()
    first, *lines = request.prompt.prefix.split("\n")
    written = lines[-1] if lines else ""
    promised = [*first.removeprefix("# ").split(" ~ "), "", ""][max(len(lines) - 1, 0)]
    if promised.startswith(written):
        return list(promised[len(written) :])
    return ["0"]


@asynccontextmanager
async def begun() -> AsyncIterator[Session]:
    loop = asyncio.get_running_loop()
    gate = threading.Semaphore(1000)
    written: asyncio.Queue[int] = asyncio.Queue()

    def before_piece(n: int) -> None:
        loop.call_soon_threadsafe(written.put_nowait, n)
        gate.acquire()

    engine = ScriptedEngine(script_of, before_piece)

    def open_engine(
        model: str | None,
        *,
        progress: Callable[[str, float], None],
        cancel: CancelToken,
        device: str = "auto",
    ) -> Engine:
        return engine

    host = EngineHost(open_engine, Quiet())
    host.load(None)
    yield Session(Desk(host), host, engine, NotingReader(), gate, written)
    gate.release(1000)
    assert host.close(10)


@pytest_asyncio.fixture
async def session() -> AsyncIterator[Session]:
    async with begun() as running:
        yield running


def gated(session: Session) -> None:
    """From here on the engine writes only what the test lets it write."""
    while session.may_write.acquire(blocking=False):
        pass


LINE = "# total = left + right\n"


async def test_an_answer_is_read_and_comes_from_the_model(session: Session) -> None:
    result = await session.ask(f"{LINE}total = {CURSOR}\n")
    assert (result.text, result.source) == ("left + right", "model")
    assert session.reader.read_texts == [(f"{LINE}total = \n", "left + right")]


async def test_typing_what_it_says_asks_the_model_for_nothing(session: Session) -> None:
    await session.ask(f"{LINE}total = {CURSOR}\n")
    for typed in ("l", "le", "left +"):
        session.type(f"{LINE}total = {typed}{CURSOR}\n")
        result = await session.ask(f"{LINE}total = {typed}{CURSOR}\n")
        assert (result.text, result.source) == ("left + right"[len(typed) :], "typed_through")
    assert len(session.engine.requests) == 1
    # Each rest was read where it would stand.
    assert session.reader.read_texts[-1] == (f"{LINE}total = left +\n", " right")


async def test_what_was_typed_through_is_refused_where_it_has_become_unsafe(
    session: Session,
) -> None:
    await session.ask(f"{LINE}total = {CURSOR}\n")
    session.reader.refused = "left"
    session.type(f"{LINE}total = left{CURSOR}\n")
    result = await session.ask(f"{LINE}total = left{CURSOR}\n")
    assert (result.text, result.reason) == ("", "blocked")


@pytest.mark.parametrize(
    "other", [f"{LINE}total = x{CURSOR}\n", f"{LINE}total = l{CURSOR}\n\n", f"# t\nt = l{CURSOR}\n"]
)
async def test_another_text_is_another_question(session: Session, other: str) -> None:
    await session.ask(f"{LINE}total = {CURSOR}\n")
    session.type(other)
    result = await session.ask(other)
    assert result.source == "model"
    assert len(session.engine.requests) == 2


async def test_other_settings_are_another_question(session: Session) -> None:
    await session.ask(f"{LINE}total = {CURSOR}\n")
    again = await session.ask(f"{LINE}total = {CURSOR}\n", replace(OPTIONS, max_lines=3))
    assert again.source == "model"
    session.desk.forget_answers()
    assert (await session.ask(f"{LINE}total = {CURSOR}\n")).source == "model"


async def test_work_in_flight_serves_who_types_what_it_says(session: Session) -> None:
    gated(session)
    first = session.ask(f"{LINE}total = {CURSOR}\n")
    session.write(2)
    await session.wrote(2)
    first.cancel()
    session.type(f"{LINE}total = lef{CURSOR}\n")
    second = session.ask(f"{LINE}total = lef{CURSOR}\n")
    session.write(100)
    result = await second
    assert (result.text, result.source) == ("t + right", "in_flight")
    assert len(session.engine.requests) == 1
    assert result.timings_ms["before_request"] > 0


async def test_typing_something_else_ends_the_work_at_once(session: Session) -> None:
    gated(session)
    first = session.ask(f"{LINE}total = {CURSOR}\n")
    session.write(2)
    await session.wrote(2)
    session.type(f"{LINE}total = x{CURSOR}\n")
    assert (await first).reason == "cancelled"
    session.write(100)
    second = await session.ask(f"{LINE}total = x{CURSOR}\n")
    assert (second.text, second.source) == ("0", "model")
    assert session.engine.n_pieces <= 3 + 1


async def test_a_model_that_goes_another_way_than_the_user_is_asked_again(
    session: Session,
) -> None:
    gated(session)
    first = session.ask(f"{LINE}total = {CURSOR}\n")
    await session.wrote(0)
    first.cancel()
    # Nothing is written yet, so this may be what the model will say. It is not.
    session.type(f"{LINE}total = x{CURSOR}\n")
    second = session.ask(f"{LINE}total = x{CURSOR}\n")
    session.write(100)
    result = await second
    assert (result.text, result.source) == ("0", "model")
    assert session.engine.n_pieces <= 2, "the first piece told the two apart"


async def test_work_ends_when_it_goes_another_way_before_anybody_asks(session: Session) -> None:
    gated(session)
    first = session.ask(f"{LINE}total = {CURSOR}\n")
    await session.wrote(0)
    first.cancel()
    session.type(f"{LINE}total = x{CURSOR}\n")
    session.write(100)
    async with asyncio.timeout(30):
        while session.desk.n_in_flight:
            await asyncio.sleep(0)
    assert session.engine.n_pieces == 1


async def test_work_that_nobody_waits_for_ends_after_a_while(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "GRACE_S", 0.0)
    gated(session)
    asked = session.ask(f"{LINE}total = {CURSOR}\n")
    await session.wrote(0)
    asked.cancel()
    async with asyncio.timeout(30):
        while session.desk.n_in_flight:
            await asyncio.sleep(0)
    session.write(100)
    # The host takes the next job only once the one before has ended.
    await session.desk.ask("file:///b.py", session.place(f"# x\n{CURSOR}"), OPTIONS, session.reader)
    assert session.engine.n_pieces <= 3


async def test_another_document_does_not_wait_for_what_nobody_waits_for(session: Session) -> None:
    gated(session)
    asked = session.ask(f"{LINE}total = {CURSOR}\n")
    await session.wrote(0)
    asked.cancel()
    await asyncio.sleep(0)
    other = session.desk.ask(
        "file:///b.py", session.place(f"# x = 1\nx = {CURSOR}"), OPTIONS, session.reader
    )
    await asyncio.sleep(0)
    session.write(100)
    assert (await other).text == "1"
    assert session.engine.n_pieces <= 3


async def test_what_comes_next_is_there_when_the_text_was_accepted(session: Session) -> None:
    options = replace(OPTIONS, ahead=True)
    first = "# total = left + right ~ print(total)\n"
    await session.ask(f"{first}total = {CURSOR}\n", options)
    async with asyncio.timeout(30):
        while len(session.desk.answers) < 3:
            await asyncio.sleep(0)
    session.type(f"{first}total = left + right{CURSOR}\n")
    ended = await session.ask(f"{first}total = left + right{CURSOR}\n", options)
    assert (ended.text, ended.reason, ended.source) == ("", "model_stopped", "ahead")
    session.type(f"{first}total = left + right\n{CURSOR}\n")
    below = await session.ask(f"{first}total = left + right\n{CURSOR}\n", options)
    assert (below.text, below.source) == ("print(total)", "ahead")


async def test_idle_work_ends_when_somebody_asks(session: Session) -> None:
    options = replace(OPTIONS, ahead=True)
    await session.ask(f"{LINE}total = {CURSOR}\n", options)
    gated(session)
    session.type(f"# x = 12345678\nx = {CURSOR}")
    asked = session.ask(f"# x = 12345678\nx = {CURSOR}", options)
    session.write(1000)
    assert (await asked).text == "12345678"


async def test_work_begins_at_the_keystroke_that_the_editor_will_ask_about(
    session: Session,
) -> None:
    gated(session)
    place = session.place(f"{LINE}total = {CURSOR}\n")
    session.desk.anticipate(URI, place, OPTIONS, session.reader)
    await session.wrote(0)
    asked = session.ask(f"{LINE}total = {CURSOR}\n")
    session.write(100)
    result = await asked
    assert (result.text, result.source) == ("left + right", "model")
    assert len(session.engine.requests) == 1
    assert result.timings_ms["before_request"] > 0


async def test_a_newer_request_answers_the_older_one_at_once(session: Session) -> None:
    gated(session)
    first = session.ask(f"{LINE}total = {CURSOR}\n")
    second = session.ask(f"{LINE}total = {CURSOR}\n")
    assert (await first).reason == "cancelled"
    session.write(100)
    assert (await second).text == "left + right"
    assert len(session.engine.requests) == 1


async def test_a_closed_document_is_forgotten(session: Session) -> None:
    await session.ask(f"{LINE}total = {CURSOR}\n")
    gated(session)
    asked = session.ask(f"{LINE}total = l{CURSOR}\nx\n")
    session.desk.closed(URI, "the document was closed")
    assert (await asked).reason == "cancelled"
    assert len(session.desk.answers) == 0
    session.write(100)


async def test_who_asks_by_hand_gets_a_whole_answer(session: Session) -> None:
    await session.ask(f"{LINE}total = {CURSOR}\n")
    result = await session.ask(f"{LINE}total = {CURSOR}\n", trigger="invoked")
    assert result.source == "model"


async def test_a_reader_that_breaks_shows_nothing(session: Session) -> None:
    def broken(result: CompletionResult, place: Place) -> CompletionResult:
        raise ValueError("secret document text")

    session.reader.read = broken  # type: ignore[method-assign]
    result = await session.ask(f"{LINE}total = {CURSOR}\n")
    assert (result.text, result.reason) == ("", "failed")
    assert "secret" not in result.detail


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["type what it says", "cancel", "ask", "delete", "let it write"]),
            st.text("left +right\n", min_size=1, max_size=3),
        ),
        max_size=25,
    )
)
def test_whatever_is_typed_an_answer_continues_the_text_as_it_is(acts: list[str]) -> None:
    async def play() -> None:
        async with begun() as live:
            await _play(live, acts)

    asyncio.run(play())


async def _play(live: Session, acts: list[str]) -> None:
    promised, line = "left + right", ""
    gated(live)
    asked: asyncio.Future[CompletionResult] | None = None
    for act in acts:
        before = line
        if act == "let it write":
            live.write(2)
            await asyncio.sleep(0)
        elif act == "cancel" and asked is not None:
            asked.cancel()
        elif act == "ask":
            asked = live.ask(f"{LINE}total = {line}{CURSOR}\n")
        elif act == "delete":
            line = line[:-1]
        elif act == "type what it says":
            line += promised[len(line) :][:1] if promised.startswith(line) else "x"
        elif act != "cancel":
            line += act
        if line != before:
            live.type(f"{LINE}total = {line}{CURSOR}\n")
    asked = live.ask(f"{LINE}total = {line}{CURSOR}\n")
    live.write(1000)
    result = await asked
    if "\n" not in line and promised.startswith(line) and line != promised:
        assert result.text == promised[len(line) :]
    if result.text:
        # It was read in exactly this text.
        assert (f"{LINE}total = {line}\n", result.text) in live.reader.read_texts
