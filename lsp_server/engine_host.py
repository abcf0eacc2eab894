"""One engine on one thread: loads in the background, then answers one job at a time.

Every public method is called on the event loop's thread and returns at once; the worker thread
posts its results back to that loop. Within one document the newest request wins: it cancels the
one before, which is answered immediately. Requests of different documents are served in the order
in which each document began to wait. What nobody asked for is done when nothing else is to do, and
is given up as soon as something is.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from codegen.choice import Device
from codegen.engine import CancelToken, Engine, EngineInfo, KeptPrompts
from codegen.errors import Cancelled, ModelNotFound
from lsp_server.completion.query import CompletionResult, EmptyReason
from lsp_server.fault import describe
from lsp_server.status import State

Run = Callable[[Engine, CancelToken], CompletionResult]

PULL_HINT = "no model is installed; run: leadsman model pull qwen2.5-coder-0.5b"


class OpenEngine(Protocol):
    """Opens the engine for a model of that name, or for the default one; raises LeadsmanError."""

    def __call__(
        self,
        model: str | None,
        *,
        progress: Callable[[str, float], None],
        cancel: CancelToken,
        device: Device,
    ) -> Engine:
        """Called on the worker thread, which may import and read for seconds."""
        ...


class Listener(Protocol):
    """Hears of the host on the event loop's thread."""

    def state_changed(self, state: State, message: str, model: str | None) -> None:
        """The engine is loading, ready, busy or not to be had."""
        ...

    def load_progressed(self, stage: str, fraction: float) -> None:
        """Loading got on; `fraction` goes from 0 to 1 within a stage."""
        ...


@dataclass(eq=False, slots=True)
class _Job:
    run: Run
    result: asyncio.Future[CompletionResult]
    cancel: CancelToken = field(default_factory=CancelToken)
    submitted_s: float = field(default_factory=time.perf_counter)
    is_idle: bool = False

    def resolve(self, result: CompletionResult) -> None:
        if not self.result.done():
            self.result.set_result(result)

    def stop_if_cancelled(self, result: asyncio.Future[CompletionResult]) -> None:
        if result.cancelled():
            self.cancel.cancel()

    def withdraw(self, detail: str) -> None:
        self.cancel.cancel()
        self.resolve(CompletionResult("", "cancelled", detail))


@dataclass(eq=False, slots=True)
class _Load:
    model: str | None
    device: Device
    cancel: CancelToken = field(default_factory=CancelToken)


class EngineHost:
    """Owns the engine and the thread that it runs on."""

    def __init__(self, open_engine: OpenEngine, listener: Listener) -> None:
        self._open_engine = open_engine
        self._listener = listener
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._state: State = "starting"
        self._message = ""
        self._info: EngineInfo | None = None
        # Shared with the worker and guarded by `_wake`.
        self._wake = threading.Condition()
        self._waiting: dict[str, _Job] = {}
        self._running: tuple[str, _Job] | None = None
        self._idle: _Job | None = None
        self._load: _Load | None = None
        self._is_closing = False
        # Used by the worker alone.
        self._engine: Engine | None = None

    @property
    def state(self) -> State:
        """What the host last told its listener."""
        return self._state

    @property
    def info(self) -> EngineInfo | None:
        """What answers, once it is loaded."""
        return self._info

    @property
    def kept(self) -> KeptPrompts | None:
        """What the engine keeps of earlier prompts; None where it does not say."""
        kept = getattr(self._engine, "kept", None)
        return kept if isinstance(kept, KeptPrompts) else None

    def load(self, model: str | None, device: Device = "auto") -> None:
        """Opens `model` on `device` in place of what is open; starts the worker at first."""
        self._loop = asyncio.get_running_loop()
        with self._wake:
            if self._load is not None:
                self._load.cancel.cancel()
            if self._running is not None:
                self._running[1].withdraw("the model is being changed")
            self._load = _Load(model, device)
            self._wake.notify()
        self._info = None
        self._set_state("loading", "loading the model", None)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="leadsman-engine", daemon=True)
            self._thread.start()

    def unavailable(self) -> tuple[EmptyReason, str] | None:
        """Why an automatic request cannot be served now, if it cannot."""
        if self._state in ("starting", "loading"):
            return "loading", self._message or "the model is not being loaded yet"
        if self._state == "no_model":
            return "no_model", self._message
        if self._state == "error":
            return "failed", self._message
        return None

    def submit(self, key: str, run: Run) -> asyncio.Future[CompletionResult]:
        """Queues a job; `key` names the document. Waits for a load that is under way.

        Cancelling the future, like a newer job of the same key, stops the engine at its next check.
        """
        job = _Job(run, asyncio.get_running_loop().create_future())
        job.result.add_done_callback(job.stop_if_cancelled)
        with self._wake:
            if self._running is not None and self._running[0] == key:
                self._running[1].withdraw("a newer request came")
            elif self._running is not None and self._running[1].is_idle:
                self._running[1].cancel.cancel()
            older = self._waiting.get(key)
            self._waiting[key] = job
            self._wake.notify()
        if older is not None:
            older.withdraw("a newer request came")
        return job.result

    def submit_idle(self, run: Run) -> asyncio.Future[CompletionResult]:
        """Queues what is done only while nothing else is to do; it replaces what waited so before.

        Whatever is submitted ends it: the future then holds a result that was cancelled.
        """
        job = _Job(run, asyncio.get_running_loop().create_future())
        with self._wake:
            older, self._idle = self._idle, job
            self._wake.notify()
        if older is not None:
            older.withdraw("other idle work came")
        return job.result

    def withdraw(self, key: str, detail: str) -> None:
        """Cancels what runs or waits for that key."""
        with self._wake:
            jobs = [self._waiting.pop(key, None)]
            if self._running is not None and self._running[0] == key:
                jobs.append(self._running[1])
        for job in jobs:
            if job is not None:
                job.withdraw(detail)

    def close(self, timeout_s: float) -> bool:
        """Cancels everything and waits a little; False when the thread is still running then."""
        with self._wake:
            self._is_closing = True
            jobs = list(self._waiting.values())
            self._waiting.clear()
            if self._running is not None:
                jobs.append(self._running[1])
            self._idle = None
            if self._load is not None:
                self._load.cancel.cancel()
            self._wake.notify()
        for job in jobs:
            job.cancel.cancel()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (task := self._next()) is not None:
            if isinstance(task, _Load):
                self._open(task)
            else:
                self._answer(task)
                with self._wake:
                    self._running = None
        self._drop_engine()

    def _next(self) -> _Load | _Job | None:
        with self._wake:
            # A load stays in its place while it runs, so that it can be cancelled.
            self._wake.wait_for(self._has_work)
            if self._is_closing:
                return None
            if self._load is not None:
                return self._load
            if not self._waiting:
                assert self._idle is not None
                job, self._idle = self._idle, None
                job.is_idle = True
                # The name of no document.
                self._running = ("", job)
                return job
            key = next(iter(self._waiting))
            job = self._waiting.pop(key)
            self._running = (key, job)
            return job

    def _has_work(self) -> bool:
        is_idle_possible = self._idle is not None and self._engine is not None
        return bool(self._is_closing or self._load or self._waiting or is_idle_possible)

    def _open(self, load: _Load) -> None:
        self._drop_engine()
        outcome: tuple[State, str, str | None]
        info: EngineInfo | None = None
        try:
            self._engine = self._open_engine(
                load.model,
                progress=lambda stage, done: self._post(
                    lambda: self._listener.load_progressed(stage, done)
                ),
                cancel=load.cancel,
                device=load.device,
            )
            info = self._engine.info
            outcome = ("ready", "", info.model)
        except ModelNotFound as exc:
            outcome = ("no_model", PULL_HINT if load.model is None else str(exc), None)
        except BaseException as exc:  # noqa: BLE001 - The request guard; this thread must live on.
            outcome = ("error", describe(exc), None)
        with self._wake:
            if self._load is not load:
                return  # Another model was asked for meanwhile.
            self._load = None

        def opened() -> None:
            self._info = info
            self._set_state(*outcome)

        self._post(opened)

    def _answer(self, job: _Job) -> None:
        if job.cancel.is_cancelled:
            return
        engine = self._engine
        if engine is None:
            self._post(lambda: job.resolve(self._refusal()))
            return
        model = engine.info.model
        waited_ms = (time.perf_counter() - job.submitted_s) * 1000
        if not job.is_idle:
            self._post(lambda: self._set_state("busy", "", model))
        try:
            result = job.run(engine, job.cancel)
        except Cancelled as exc:
            result = CompletionResult("", "cancelled", str(exc))
        except BaseException as exc:  # noqa: BLE001 - The request guard; this thread must live on.
            result = CompletionResult("", "failed", describe(exc))
        timings_ms = dict(result.timings_ms)
        timings_ms["queue"] = timings_ms.get("queue", 0.0) + waited_ms
        timings_ms["total"] = timings_ms.get("total", 0.0) + waited_ms
        result = dataclasses.replace(result, timings_ms=timings_ms)

        def finish() -> None:
            if self._state == "busy":
                self._set_state("ready", "", model)
            job.resolve(result)

        self._post(finish)

    def _refusal(self) -> CompletionResult:
        reason, detail = self.unavailable() or ("failed", "the engine was closed")
        return CompletionResult("", reason, detail)

    def _drop_engine(self) -> None:
        if self._engine is not None:
            with contextlib.suppress(Exception):  # It is going away; the next one may still do.
                self._engine.close()
            self._engine = None

    def _set_state(self, state: State, message: str, model: str | None) -> None:
        self._state, self._message = state, message
        self._listener.state_changed(state, message, model)

    def _post(self, action: Callable[[], None]) -> None:
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # The session has ended and its loop is closed.
            self._loop.call_soon_threadsafe(action)
