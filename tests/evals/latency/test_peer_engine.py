"""A peer over HTTP, against a scripted server of each kind."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from codegen.engine import CancelToken, Event, Finished, Infill, Request, Stop, TextDelta
from codegen.prompt.family import family_named
from evals.latency.errors import SetUpError
from evals.latency.peer_engine import PeerEngine, find_server
from tests import tiny_tokenizers

PIECES = ["left", " + ", "right"]


@dataclass
class Scripted:
    """What the server was asked, and what it says."""

    is_native: bool
    status: int = 200
    bodies: list[Any] = field(default_factory=list)
    has_hung_up: threading.Event = field(default_factory=threading.Event)
    is_endless: bool = False


def serve(script: Scripted) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            known = "/props" if script.is_native else "/v1/models"
            self.send_response(200 if self.path == known else 404)
            self.end_headers()

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            script.bodies.append((self.path, json.loads(self.rfile.read(size))))
            self.send_response(script.status)
            self.end_headers()
            try:
                self._write()
            except OSError:
                script.has_hung_up.set()

        def _write(self) -> None:
            while script.is_endless:
                self._say({"content": "x", "stop": False})
            for piece in PIECES:
                said: dict[str, Any] = {"content": piece, "stop": False}
                self._say(said if script.is_native else {"choices": [{"text": piece}]})
            if script.is_native:
                counts = {"tokens_evaluated": 40, "tokens_predicted": 3, "timings": {"prompt_n": 4}}
                self._say({"content": "", "stop": True} | counts)
            else:
                self.wfile.write(b"data: [DONE]\n\n")

        def _say(self, message: dict[str, Any]) -> None:
            self.wfile.write(b"data: " + json.dumps(message).encode() + b"\n\n")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(params=[True, False], ids=["native", "python"])
def script(request: pytest.FixtureRequest) -> Scripted:
    return Scripted(request.param)


@pytest.fixture
def engine(script: Scripted) -> Iterator[PeerEngine]:
    server = serve(script)
    family = family_named("qwen2.5-coder")
    assert family is not None
    address = find_server(f"http://127.0.0.1:{server.server_address[1]}")
    yield PeerEngine(address, family, tiny_tokenizers.qwen())
    server.shutdown()
    server.server_close()


REQUEST = Request(Infill("total = ", "\nprint(total)\n"), Stop(7, ("\n",)))


def answer(engine: PeerEngine, cancel: CancelToken | None = None) -> tuple[str, Finished]:
    events: list[Event] = list(engine.generate([REQUEST], cancel or CancelToken()))
    (end,) = [event for event in events if isinstance(event, Finished)]
    return "".join(event.text for event in events if isinstance(event, TextDelta)), end


def test_the_text_comes_in_pieces_and_the_counts_with_the_last(
    engine: PeerEngine, script: Scripted
) -> None:
    text, end = answer(engine)
    assert (text, end.reason) == ("left + right", "stop_token")
    counts = (end.tokens.prompt, end.tokens.reused, end.tokens.completion)
    assert counts == ((40, 36, 3) if script.is_native else (0, 0, 0))


def test_the_prompt_the_limit_and_the_stops_are_ours(engine: PeerEngine, script: Scripted) -> None:
    answer(engine)
    ((path, body),) = script.bodies
    assert (body["temperature"], body["stop"], body["stream"]) == (0.0, ["\n"], True)
    if script.is_native:
        assert (path, body["n_predict"], body["cache_prompt"]) == ("/completion", 7, True)
        marker = engine.tokenizer.special_id("<|fim_prefix|>")
        assert body["prompt"][0] == marker
    else:
        assert (path, body["max_tokens"]) == ("/v1/completions", 7)
        assert body["prompt"] == (
            "<|fim_prefix|>total = <|fim_suffix|>\nprint(total)\n<|fim_middle|>"
        )


def test_a_cancelled_request_hangs_up(engine: PeerEngine, script: Scripted) -> None:
    if not script.is_native:
        pytest.skip("the scripted server is endless in one dialect only; hanging up is the same")
    script.is_endless = True
    cancel = CancelToken()
    events = engine.generate([REQUEST], cancel)
    assert isinstance(next(events), TextDelta)
    cancel.cancel()
    *_, end = events
    assert isinstance(end, Finished)
    assert end.reason == "cancelled"
    assert script.has_hung_up.wait(30)


def test_a_server_that_refuses_is_a_failed_answer(engine: PeerEngine, script: Scripted) -> None:
    script.status = 500
    text, end = answer(engine)
    assert (text, end.reason) == ("", "failed")


def test_only_a_server_of_llama_cpp_on_this_machine_will_do() -> None:
    with pytest.raises(SetUpError, match="an http address of this machine"):
        find_server("http://example.com:80")
    with pytest.raises(SetUpError, match="nobody answers there"):
        find_server("http://127.0.0.1:9")
    other = serve(Scripted(is_native=False))
    other.RequestHandlerClass.do_GET = lambda self: self.send_error(404)  # type: ignore[attr-defined]
    with pytest.raises(SetUpError, match="not as a server of llama"):
        find_server(f"http://127.0.0.1:{other.server_address[1]}")
    other.shutdown()
    other.server_close()
