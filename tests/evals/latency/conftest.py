"""A truthful server for the tests of one module, and ways to play sessions against it."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evals.latency.clock import Inbox
from evals.latency.player import Pace, Player
from evals.latency.trace import Session
from evals.lsp_client import LspClient
from tests.evals.latency.clocks import SkippingClock
from tests.lsp_server.raw_client import environment

SERVER = Path(__file__).with_name("truthful_server.py")

Play = Callable[..., Player]


@pytest.fixture(scope="module")
def play() -> Iterator[Play]:
    """Plays a session, checking before each event that the server has the client's text."""
    inboxes: list[Inbox] = []
    numbers = itertools.count()

    def notified(method: str, params: object) -> None:
        if inboxes:
            inboxes[-1].put({"method": method, "params": params})

    command = [sys.executable, "-P", str(SERVER)]
    with LspClient(command, env=environment(), on_notification=notified) as client:
        client.initialize(options={"completionEvents": True})
        while client.request("leadsman/status", None)["state"] != "ready":
            pass

        def play_session(
            session: Session, *, truth: str | None = None, patience: float = 1.0, seed: int = 0
        ) -> Player:
            clock = SkippingClock(patience, seed)
            inboxes.append(Inbox(clock.now))
            client.request("test/truth", {"text": truth or session.final_text})
            uri = f"file:///played/{next(numbers)}.py"

            def compare() -> None:
                texts = client.request("test/text", {"uri": uri})
                assert texts == {"text": player.manuscript.text}

            player = Player(client, inboxes[-1], clock, Pace(), session, uri, compare)
            player.play()
            compare()
            return player

        yield play_session
