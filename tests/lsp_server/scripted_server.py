"""A real server process whose engine does what the document says; started by the tests.

A document that holds `# script: NAME` makes the engine behave so; see `ScriptedEngine.generate`.
What the engine lives through is told the client as `test/event` notifications.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from analyzers.delta import Insertion
from analyzers.policy import Policy
from analyzers.project import Project
from analyzers.report import Report
from codegen.engine import (
    CancelToken,
    EngineInfo,
    Event,
    Finished,
    Infill,
    Request,
    TextDelta,
    Timings,
    TokenCounts,
)
from codegen.errors import ModelFileError, ModelNotFound
from lsp_server.analysis.analyst import Analyst, Limits, unchecked
from lsp_server.analysis.analyzers import EngineState, LocalAnalyzers
from lsp_server.cli.serve import LOG_LEVELS, parse_address, serve
from lsp_server.server import LeadsmanServer

ANSWER = "left + right"


class ScriptedAnalyzers(LocalAnalyzers):
    """The real ones, except where the text says `# analyzer: MODE` or the session has a mode.

    `raise`, `hang` until released, or `problem`, a report that an engine failed; in the mode
    `unloadable` nothing can be imported, and in `deaf` the canary is not found.
    """

    def __init__(self, stage: Stage, mode: str) -> None:
        self._stage = stage
        self._mode = mode

    def examine(self) -> tuple[EngineState, ...]:
        """Finds the canaries, or not."""
        if self._mode == "unloadable":
            raise ImportError("secret path")
        if self._mode == "deaf":
            return (EngineState("bandit", "0", ("python",), "it did not find its canary"),)
        return super().examine()

    def check(
        self, document: str, insertion: Insertion, language: str, policy: Policy, project: Project
    ) -> Report:
        """See `Analyzers`."""
        played = self._play(document, insertion.text, policy)
        return played or super().check(document, insertion, language, policy, project)

    def scan(self, text: str, language: str, policy: Policy, project: Project) -> Report:
        """See `Analyzers`."""
        if match := re.search(r"# scan: (\w+)", text):
            self._stage.tell("scan", match[1])
        played = self._play(text, text, policy)
        return played or super().scan(text, language, policy, project)

    def _play(self, document: str, text: str, policy: Policy) -> Report | None:
        match = re.search(r"# analyzer: (\w+)", document)
        script = match[1] if match else ""
        if script == "raise":
            raise RuntimeError("secret document text")
        if script == "hang":
            self._stage.gate.wait()
        if script == "problem":
            return unchecked(text, "bandit failed: KeyError in visit, line 7", policy)
        return None


class Stage:
    """What tests and engine share: a gate to wait at, and a way to tell what happened."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.server: LeadsmanServer | None = None
        self.loop: Any = None

    def tell(self, what: str, about: str = "") -> None:
        """Sends a `test/event`, from any thread."""
        assert self.server is not None
        notify = self.server.protocol.notify
        self.loop.call_soon_threadsafe(notify, "test/event", {"what": what, "about": about})

    def prepare(self, server: LeadsmanServer) -> None:
        """Adds the requests that only tests make."""
        import asyncio

        self.server = server

        async def text(params: dict[str, Any]) -> Any:
            document = server.documents.find(params["uri"])
            return None if document is None else {"text": document.source}

        async def begin(params: Any) -> None:
            self.loop = asyncio.get_running_loop()

        async def release(params: Any) -> None:
            self.gate.set()

        async def fail(params: Any) -> None:
            secret = "secret document text"
            raise ValueError(secret)

        server.feature("test/text")(text)
        server.feature("test/begin")(begin)
        server.feature("test/release")(release)
        server.feature("test/fail")(fail)


class ScriptedEngine:
    """Reads its part from the prompt."""

    def __init__(self, stage: Stage, model: str) -> None:
        self._stage = stage
        self.info = EngineInfo(model, "scripted", "none", "cpu", 4096)

    def generate(self, requests: Sequence[Request], cancel: CancelToken) -> Iterator[Event]:
        """Plays one request: `wait` until cancelled, `raise`, `exit`, `fail`, `print` or answer."""
        prompt = requests[0].prompt
        assert isinstance(prompt, Infill)
        if not requests[0].stop.max_new_tokens:
            yield Finished(0, "length")
            return
        whole = prompt.prefix + prompt.suffix
        whole.encode()  # As a tokenizer would; half a character cannot be.
        script = match[1] if (match := re.search(r"# script: (\w+)", whole)) else ""
        name = match[1] if (match := re.search(r"# name: (\w+)", whole)) else ""
        if self._stage.loop is not None:
            self._stage.tell("start", name)
        if script == "wait":
            while not cancel.is_cancelled:
                threading.Event().wait(0.002)
            self._stage.tell("cancelled", name)
            yield Finished(0, "cancelled")
            return
        if script == "deaf":
            # Python itself would wait for the threads of such a pool before it ends.
            with ThreadPoolExecutor(1) as pool:
                pool.submit(threading.Event().wait).result()
        if script == "hold":
            self._stage.gate.wait()
        if script == "raise":
            raise RuntimeError("secret document text")
        if script == "exit":
            sys.exit(3)
        if script == "print":
            print("this would break the protocol")  # noqa: T201
            os.write(1, b"and so would this\n")
        if script == "fail":
            yield Finished(0, "failed", detail="out of memory")
            return
        answer = re.search(r"(?:#|//) answer: (.+)", whole)
        yield TextDelta(0, answer[1].replace("\\n", "\n") if answer else ANSWER)
        yield Finished(0, "stop_token", Timings(0, 1, 2, 3), TokenCounts(10, 0, 3))

    def close(self) -> None:
        """Nothing is held."""


def opener(stage: Stage, mode: str) -> Callable[..., ScriptedEngine]:
    """How the engine opens: `ready`, `gated`, `damaged`, `none` or `crash`."""

    def open_engine(
        model: str | None,
        *,
        progress: Callable[[str, float], None],
        cancel: CancelToken,
        device: str = "auto",
    ) -> ScriptedEngine:
        assert "torch" not in sys.modules
        progress("reading", 0.5)
        if mode == "gated":
            stage.gate.wait()
        if mode == "damaged":
            raise ModelFileError("model.gguf ends after 10 bytes, expected 20; pull it again")
        if mode == "crash":
            raise RuntimeError("secret path")
        if mode == "none" and not stage.gate.is_set():
            raise ModelNotFound("no model")
        progress("reading", 1.0)
        name = model or "scripted-model"
        return ScriptedEngine(stage, name if device == "auto" else f"{name} on {device}")

    return open_engine


def main() -> int:
    """Serves one session."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--load", default="ready")
    parser.add_argument("--model")
    parser.add_argument("--analyzers", default="awake")
    parser.add_argument("--check-limit", type=float, default=Limits().check_s)
    parser.add_argument("--tcp")
    parser.add_argument("--log-level", default="info", choices=LOG_LEVELS)
    args = parser.parse_args()
    stage = Stage()
    return serve(
        opener(stage, args.load),
        model=args.model,
        address=parse_address(args.tcp) if args.tcp else None,
        log_level=args.log_level,
        prepare=stage.prepare,
        analyst=Analyst(
            ScriptedAnalyzers(stage, args.analyzers),
            Limits(check_s=args.check_limit, scan_s=args.check_limit),
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
