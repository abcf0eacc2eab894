"""The same sessions against a peer, and how the two compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from codegen.engine import Engine
from codegen.loading.convert import ensure_converted
from codegen.prompt.family import family_named
from codegen.store.store import Store
from codegen.tokenizer import Tokenizer
from evals.latency.clock import Clock, Inbox
from evals.latency.errors import SetUpError
from evals.latency.peer_client import PeerClient
from evals.latency.peer_engine import PeerEngine, find_server
from evals.latency.player import Pace, Player
from evals.latency.records import SessionRecord
from evals.latency.report import by_source
from evals.latency.trace import Session


def open_peer(url: str, model: str | None, family: str | None) -> PeerEngine:
    """The peer's engine with the prompts of the model that our server ran.

    Raises:
        SetUpError: nothing answers there, or the model has no prompts of its own.
    """
    address = find_server(url)
    known = family_named(family or "")
    if known is None or model is None:
        raise SetUpError(f"--peer-server needs a model with known prompts; ours ran {model!r}")
    tokenizer = Tokenizer.load(ensure_converted(Store().find(model)))
    return PeerEngine(address, known, tokenizer)


def replay(
    engine: Engine,
    sessions: Sequence[Session],
    pace: Pace,
    clock: Clock,
    on_event: Callable[[], None] = lambda: None,
) -> list[SessionRecord]:
    """Plays all sessions against one engine, as our server's were played."""
    inbox = Inbox(clock.now)
    client = PeerClient(engine, inbox.put)
    records = []
    for number, session in enumerate(sessions):
        uri = f"file:///peer/{number}/{session.path.lstrip('/')}"
        player = Player(client, inbox, clock, pace, session, uri, on_event)
        records.append(player.play())
        client.close_document(uri)
    return records


def peer_report(url: str, records: Sequence[SessionRecord], ours: dict[str, Any]) -> dict[str, Any]:
    """The peer's part of the report; ratios above 1 say that ours is the faster one.

    ours: `by_source` of our own replay.
    """
    figures = by_source([one for record in records for one in record.asked])
    return {
        "url": url,
        "by_source": figures,
        "ratio_model_runs": _ratio(figures["model_runs"], ours["model_runs"]),
        "ratio_all_shown": _ratio(figures["all_shown"], ours["all_shown"]),
    }


def _ratio(theirs: dict[str, Any], ours: dict[str, Any]) -> float | None:
    if not theirs["n"] or not ours["n"] or not ours["p50"]:
        return None
    ratio: float = theirs["p50"] / ours["p50"]
    return round(ratio, 3)
