"""A real server process whose engine knows the file that is being typed; started by the tests.

The request `test/truth` says what the truth is, and `test/text` gives the server's own text.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

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
from lsp_server.cli.serve import serve
from lsp_server.server import LeadsmanServer
from tests.lsp_server.scripted_server import Stage

_ANCHOR_CHARS = 16
_OFFER_CHARS = 30


class TruthfulEngine:
    """Continues as the truth does after what stands before the cursor."""

    def __init__(self, die_after: int | None) -> None:
        self.truth = ""
        self.info = EngineInfo("truthful", "scripted", "none", "cpu", 4096)
        self._left = die_after

    def generate(self, requests: Sequence[Request], cancel: CancelToken) -> Iterator[Event]:
        """Offers the next characters, or nothing where the truth has no such place.

        Where the document holds `# wait` nothing comes until the request is withdrawn.
        """
        if not requests[0].stop.max_new_tokens:
            yield Finished(0, "length")
            return
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                sys.stderr.write("the engine fell over\n")
                sys.stderr.flush()
                os._exit(7)
        prompt = requests[0].prompt
        assert isinstance(prompt, Infill)
        if "# wait" in prompt.prefix:
            while not cancel.is_cancelled:
                threading.Event().wait(0.002)
            yield Finished(0, "cancelled")
            return
        anchor = prompt.prefix[-_ANCHOR_CHARS:]
        at = self.truth.find(anchor)
        rest = self.truth[at + len(anchor) :] if at >= 0 else ""
        if rest:
            yield TextDelta(0, rest[:_OFFER_CHARS])
        yield Finished(0, "length", Timings(0, 1, 2, 3), TokenCounts(10, 4, 3))

    def close(self) -> None:
        """Nothing is held."""


def main() -> int:
    """Serves one session."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--die-after", type=int)
    parser.add_argument("--load", choices=("ready", "damaged"), default="ready")
    args = parser.parse_args()
    engine = TruthfulEngine(args.die_after)
    if args.truth is not None:
        engine.truth = args.truth.read_text(encoding="utf-8")
    stage = Stage()

    def open_engine(model: str | None, **_: Any) -> TruthfulEngine:
        if args.load == "damaged":
            raise RuntimeError
        return engine

    def prepare(server: LeadsmanServer) -> None:
        stage.prepare(server)

        async def truth(params: dict[str, Any]) -> None:
            engine.truth = params["text"]

        server.feature("test/truth")(truth)

    return serve(open_engine, log_level="error", prepare=prepare)


if __name__ == "__main__":
    sys.exit(main())
