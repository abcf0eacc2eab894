"""llama.cpp's server as an engine: the same prompts, limits and stops, another decoder.

Speaks to `llama-server` (`/completion`, prompts as tokens) and to `python -m llama_cpp.server`
(`/v1/completions`, prompts as text), whichever answers. Both keep their prompt cache.

Source: the servers' own descriptions, llama.cpp `tools/server/README.md` and the OpenAI-compatible
completions of llama-cpp-python.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from codegen.engine import (
    CancelToken,
    EngineInfo,
    Event,
    Finished,
    FinishReason,
    Infill,
    Request,
    TextDelta,
    Timings,
    TokenCounts,
)
from codegen.prompt.builder import PromptBuilder
from codegen.prompt.family import Family
from codegen.tokenizer import Tokenizer
from evals.latency.errors import SetUpError

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_CONNECT_S = 10.0
_CONTEXT_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens, and whether it is llama.cpp's own or the Python one."""

    host: str
    port: int
    is_native: bool


def find_server(url: str) -> Address:
    """Looks which of the two servers is there.

    Raises:
        SetUpError: nothing answers, or the address is not on this machine.
    """
    parts = urlsplit(url if "//" in url else f"http://{url}")
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        raise SetUpError(f"--peer-server {url}: give an http address of this machine")
    address = Address(parts.hostname, parts.port or 80, is_native=True)
    try:
        if _status(address, "/props") == http.client.OK:
            return address
        if _status(address, "/v1/models") == http.client.OK:
            return Address(address.host, address.port, is_native=False)
    except OSError as error:
        raise SetUpError(f"--peer-server {url}: nobody answers there ({error})") from None
    raise SetUpError(f"--peer-server {url}: it answers, but not as a server of llama.cpp does")


def _status(address: Address, path: str) -> int:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=_CONNECT_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except http.client.HTTPException:
        return 0
    finally:
        connection.close()


@dataclass(slots=True)
class PeerEngine:
    """Implements `codegen.engine.Engine` for infilling, one request at a time."""

    address: Address
    family: Family
    tokenizer: Tokenizer
    _prompts: PromptBuilder = field(init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._prompts = PromptBuilder(self.family, self.tokenizer)

    @property
    def info(self) -> EngineInfo:
        """What answers."""
        return EngineInfo("llama.cpp", self.family.name, "gguf", "cpu", _CONTEXT_TOKENS)

    def close(self) -> None:
        """The server is not ours."""

    def generate(self, requests: Sequence[Request], cancel: CancelToken) -> Iterator[Event]:
        """Streams what the server writes; hanging up is how it is told to stop."""
        (request,) = requests
        with self._turn:
            started_s = time.perf_counter()
            first_s: float | None = None
            counts = TokenCounts()
            reason: FinishReason = "stop_token"
            try:
                for piece, counted in self._stream(request, cancel):
                    counts = counted or counts
                    if piece:
                        first_s = first_s or time.perf_counter()
                        yield TextDelta(0, piece)
            except (OSError, http.client.HTTPException, ValueError) as error:
                yield Finished(0, "failed", detail=f"the peer failed: {type(error).__name__}")
                return
            if cancel.is_cancelled:
                reason = "cancelled"
            ended_s = time.perf_counter()
            first_s = first_s or ended_s
            timings = Timings(0, 0, (first_s - started_s) * 1e3, (ended_s - first_s) * 1e3)
            yield Finished(0, reason, timings, counts)

    def _stream(
        self, request: Request, cancel: CancelToken
    ) -> Iterator[tuple[str, TokenCounts | None]]:
        address = self.address
        connection = http.client.HTTPConnection(address.host, address.port)
        try:
            path, body = self._call(request)
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            if response.status != http.client.OK:
                raise ValueError(f"status {response.status}")
            for line in response:
                if cancel.is_cancelled:
                    return
                data = line.strip().removeprefix(b"data:").strip()
                if not line.startswith(b"data:") or data == b"[DONE]":
                    continue
                yield _read(json.loads(data))
        finally:
            connection.close()

    def _call(self, request: Request) -> tuple[str, dict[str, Any]]:
        assert isinstance(request.prompt, Infill)
        room = _CONTEXT_TOKENS - request.stop.max_new_tokens
        built = self._prompts.build(request.prompt, request.budget, room)
        # What our engine has the model spell again stands in the peer's prompt as it is.
        ids = [
            *built.token_ids[: built.n_steady],
            *self.tokenizer.encode(built.healed),
            *built.token_ids[built.n_steady :],
        ]
        shared = {"temperature": 0.0, "stop": list(request.stop.texts), "stream": True}
        n_new = request.stop.max_new_tokens
        if self.address.is_native:
            return "/completion", {"prompt": ids, "n_predict": n_new, "cache_prompt": True} | shared
        return "/v1/completions", {"prompt": self._text(ids), "max_tokens": n_new} | shared

    def _text(self, ids: Sequence[int]) -> str:
        family = self.family
        markers = (family.bos, family.fim_prefix, family.fim_suffix, family.fim_middle)
        names = {self.tokenizer.special_id(name): name for name in markers if name is not None}
        # The server puts the first token of a text there itself.
        names[self.tokenizer.special_id(family.bos) if family.bos else None] = ""
        spelled = [names[i].encode() if i in names else self.tokenizer.token_bytes(i) for i in ids]
        return b"".join(spelled).decode(errors="replace")


def _read(message: dict[str, Any]) -> tuple[str, TokenCounts | None]:
    """A piece of text; with the last one, what the server counted."""
    if "choices" in message:
        return str(message["choices"][0].get("text") or ""), None
    counts = None
    if message.get("stop"):
        timings = message.get("timings") or {}
        n_prompt = int(message.get("tokens_evaluated") or 0)
        n_read = int(timings.get("prompt_n") or n_prompt)
        n_written = int(message.get("tokens_predicted") or 0)
        counts = TokenCounts(n_prompt, max(0, n_prompt - n_read), n_written)
    return str(message.get("content") or ""), counts
