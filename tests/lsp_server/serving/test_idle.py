"""Idle work: what it computes, what it reads, and what it leaves alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
import pytest_asyncio

from codegen.engine import Infill, Request
from lsp_server.completion.query import CompletionOptions, CompletionQuery
from lsp_server.engine_host import EngineHost
from lsp_server.serving.answers import Answer, Answers
from lsp_server.serving.idle import IdleWork
from lsp_server.status import State
from tests.scripted_engine import ScriptedEngine

URI = "file:///a.py"
OPTIONS = CompletionOptions()


class Quiet:
    """Hears nothing of the host."""

    def state_changed(self, state: State, message: str, model: str | None) -> None:
        pass

    def load_progressed(self, stage: str, fraction: float) -> None:
        pass


def script(request: Request) -> Sequence[str]:
    """Ends every line that has a value, and gives one to every line that has none."""
    assert isinstance(request.prompt, Infill)
    line = request.prompt.prefix.rpartition("\n")[2]
    return [] if line.rstrip(" ")[-1:].isalnum() else ["b", " = ", "2"]


@pytest_asyncio.fixture
async def work() -> AsyncIterator[tuple[IdleWork, ScriptedEngine]]:
    engine = ScriptedEngine(script)
    host = EngineHost(lambda model, **_: engine, Quiet())
    host.load(None)
    yield IdleWork(host, Answers()), engine
    assert host.close(10)


async def until(work: IdleWork, n_answers: int) -> None:
    async with asyncio.timeout(30):
        while len(work.answers) < n_answers:
            await asyncio.sleep(0)


def query(before: str, after: str = "\n") -> CompletionQuery:
    return CompletionQuery(before + after, len(before), "python")


@pytest.mark.parametrize(
    ("before", "accepted", "below"),
    [
        ("def f():\n    a = ", "1", "def f():\n    a = 1\n    "),
        ("a = ", "1", "a = 1\n"),
        ("class A:\n\tdef f(self):\n\t\ta = ", "1", "class A:\n\tdef f(self):\n\t\ta = 1\n\t\t"),
    ],
)
async def test_after_a_whole_line_comes_the_one_below(
    work: tuple[IdleWork, ScriptedEngine], before: str, accepted: str, below: str
) -> None:
    idle, _ = work
    idle.complete_after(URI, query(before), accepted, OPTIONS)
    await until(idle, 2)
    ended = idle.answers.find(URI, query(before + accepted), OPTIONS)
    assert ended is not None
    assert (ended.text, ended.reason) == ("", "model_stopped")
    found = idle.answers.find(URI, query(below), OPTIONS)
    assert found is not None
    assert (found.text, found.source) == ("b = 2", "ahead")


async def test_what_is_known_is_not_computed_again(work: tuple[IdleWork, ScriptedEngine]) -> None:
    idle, engine = work
    idle.answers.add(URI, Answer("a = 1", "\n", "", "model_stopped", "", OPTIONS))
    idle.complete_after(URI, query("a = "), "1", OPTIONS)
    await until(idle, 2)
    assert len(engine.requests) == 1


async def test_a_file_that_fits_a_prompt_is_read(work: tuple[IdleWork, ScriptedEngine]) -> None:
    idle, engine = work
    idle.read(query("x = 1\r\n" * 1000), OPTIONS)
    idle.read(query("y = 1\r\ny = 2\r\n", ""), OPTIONS)
    async with asyncio.timeout(30):
        while not engine.requests:
            await asyncio.sleep(0)
    (request,) = engine.requests
    assert request.prompt == Infill("y = 1\ny = 2\n", "")
    assert request.stop.max_new_tokens == 0
    assert request.kept_bytes > 0


async def test_without_memory_nothing_is_kept(work: tuple[IdleWork, ScriptedEngine]) -> None:
    idle, engine = work
    idle.read(query("x = 1\n"), replace(OPTIONS, cache_mb=0))
    idle.complete_after(URI, query("a = "), "1", replace(OPTIONS, cache_mb=0))
    await until(idle, 2)
    assert {request.kept_bytes for request in engine.requests} == {0}
    assert all(request.stop.max_new_tokens for request in engine.requests)
