"""The replay against a peer: the same player, another engine, and the ratio."""

from __future__ import annotations

import threading
from typing import Any

from codegen.engine import Infill, Request
from evals.latency.peer_client import PeerClient
from evals.latency.peer_replay import peer_report, replay
from evals.latency.player import Pace
from tests.evals.latency.clocks import SkippingClock
from tests.evals.latency.made import at, insert, session
from tests.scripted_engine import ScriptedEngine, says

URI = "file:///a.py"


def keys(text: str, character: int) -> list[dict[str, Any]]:
    return [insert(1000 * i, 0, character + i, key) for i, key in enumerate(text)]


def test_sessions_are_played_and_compared() -> None:
    engine = ScriptedEngine(says("left + right"))
    made = session(keys("= l", 6), "total \n", cursor=at(0, 6))
    records = replay(engine, [made], Pace(), SkippingClock())
    assert [one.outcome for one in records[0].asked] == ["shown", "shown"]
    ours = {"model_runs": {"n": 1, "p50": 20.0}, "all_shown": {"n": 0}}
    report = peer_report("http://localhost", records, ours)
    assert report["by_source"]["sources"] == {"model": 2}
    # Time stands still but for the debounce of 50 ms.
    assert report["ratio_model_runs"] == 2.5
    assert report["ratio_all_shown"] is None


def test_an_edit_reaches_the_prompt_and_a_cancel_the_engine() -> None:
    gate = threading.Event()
    prompts: list[Infill] = []

    def script(request: Request) -> list[str]:
        assert isinstance(request.prompt, Infill)
        prompts.append(request.prompt)
        return ["1"] * 50

    def before_piece(_: int) -> None:
        gate.wait(30)

    engine = ScriptedEngine(script, before_piece)
    client = PeerClient(engine, lambda event: None)
    client.open(URI, "é\nx \n")
    place = {"start": at(1, 2), "end": at(1, 2)}
    client.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": URI}, "contentChanges": [{"range": place, "text": "= "}]},
    )
    answered = threading.Event()
    answers: list[dict[str, Any]] = []

    def take(message: dict[str, Any]) -> None:
        answers.append(message)
        answered.set()

    params = {"textDocument": {"uri": URI}, "position": at(1, 4)}
    request_id = client.ask("textDocument/inlineCompletion", params, take)
    client.notify("$/cancelRequest", {"id": request_id})
    gate.set()
    assert answered.wait(30)
    assert answers[0]["error"]["code"] == -32800
    assert [(prompt.prefix, prompt.suffix) for prompt in prompts] in ([("é\nx = ", "\n")], [])
    assert engine.n_pieces <= 1
