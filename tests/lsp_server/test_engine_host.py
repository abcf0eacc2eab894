"""The host: what nobody asked for gives way to what somebody did."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest_asyncio

from codegen.engine import CancelToken, Engine, KeptPrompts
from lsp_server.completion.query import CompletionResult
from lsp_server.engine_host import EngineHost, Run
from lsp_server.status import State
from tests.scripted_engine import ScriptedEngine, says


@dataclass
class Heard:
    """What the host told of itself."""

    states: list[State] = field(default_factory=list)

    def state_changed(self, state: State, message: str, model: str | None) -> None:
        self.states.append(state)

    def load_progressed(self, stage: str, fraction: float) -> None:
        pass


@dataclass
class Job:
    """Waits in the engine's thread until it is let go or cancelled."""

    name: str
    order: list[str]
    begun: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)

    def __call__(self, engine: Engine, cancel: CancelToken) -> CompletionResult:
        self.order.append(self.name)
        self.begun.set()
        while not self.may_end.wait(0.002):
            if cancel.is_cancelled:
                return CompletionResult("", "cancelled")
        return CompletionResult(self.name, None)


@pytest_asyncio.fixture
async def host() -> AsyncIterator[EngineHost]:
    def open_engine(
        model: str | None,
        *,
        progress: Callable[[str, float], None],
        cancel: CancelToken,
        device: str = "auto",
    ) -> Engine:
        return ScriptedEngine(says("1"))

    running = EngineHost(open_engine, Heard())
    running.load(None)
    yield running
    assert running.close(10)


def quick(name: str, order: list[str]) -> Run:
    job = Job(name, order)
    job.may_end.set()
    return job


async def begun(job: Job) -> None:
    assert await asyncio.to_thread(job.begun.wait, 30)


async def test_idle_work_is_done_when_nothing_else_is_to_do(host: EngineHost) -> None:
    order: list[str] = []
    first = Job("first", order)
    asked = host.submit("a", first)
    await begun(first)
    idle = host.submit_idle(quick("idle", order))
    other = host.submit("b", quick("second", order))
    first.may_end.set()
    assert [(await job).text for job in (asked, other, idle)] == ["first", "second", "idle"]
    assert order == ["first", "second", "idle"]


async def test_a_request_ends_idle_work(host: EngineHost) -> None:
    order: list[str] = []
    idle_job = Job("idle", order)
    idle = host.submit_idle(idle_job)
    await begun(idle_job)
    assert (await host.submit("a", quick("asked", order))).text == "asked"
    assert (await idle).reason == "cancelled"


async def test_newer_idle_work_replaces_what_waits(host: EngineHost) -> None:
    order: list[str] = []
    blocker = Job("blocker", order)
    asked = host.submit("a", blocker)
    await begun(blocker)
    older = host.submit_idle(quick("older", order))
    newer = host.submit_idle(quick("newer", order))
    assert (await older).reason == "cancelled"
    blocker.may_end.set()
    assert (await newer).text == "newer"
    assert (await asked).text == "blocker"
    assert order == ["blocker", "newer"]


async def test_idle_work_is_no_business_of_the_user(host: EngineHost) -> None:
    await host.submit_idle(quick("idle", []))
    assert host.state == "ready"
    heard = host._listener
    assert isinstance(heard, Heard)
    assert "busy" not in heard.states


async def test_an_engine_that_keeps_nothing_says_nothing(host: EngineHost) -> None:
    await host.submit("a", quick("asked", []))
    assert host.kept is None


async def test_an_engine_that_keeps_prompts_tells_how_many() -> None:
    class Keeping(ScriptedEngine):
        """Keeps one prompt."""

        kept = KeptPrompts(1, 7, 700)

    running = EngineHost(lambda model, **_: Keeping(says("1")), Heard())
    running.load(None)
    await running.submit("a", quick("asked", []))
    assert running.kept == KeptPrompts(1, 7, 700)
    assert running.close(10)
