"""The engine in this process: a dense decoder over mapped weights, behind `codegen.engine`."""

from __future__ import annotations

import shutil
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Batch
from pathlib import Path

import torch

from codegen.cpu.opening import cpu_dtype, open_cpu_decoder
from codegen.decoder import Decoder, Segment
from codegen.engine import (
    CancelToken,
    EngineInfo,
    Event,
    Finished,
    FinishReason,
    Request,
    TextDelta,
    Timings,
)
from codegen.errors import (
    CacheFull,
    Cancelled,
    EngineClosed,
    LeadsmanError,
    ModelFileError,
    PromptError,
)
from codegen.gpu.opening import open_gpu_decoder
from codegen.gpu.packed_weights import Format
from codegen.healing import SpellingIndex
from codegen.loading.convert import ensure_converted
from codegen.prompt.builder import PromptBuilder, Prompts
from codegen.prompt.family import detect_family
from codegen.sequence import Sequence
from codegen.store.integrity import check_samples
from codegen.store.model import StoredModel
from codegen.tokenizer import Tokenizer

# Longer contexts are possible, but on the CPU a prompt of this size takes minutes already.
MAX_CONTEXT_TOKENS = 16_384
_QUEUE_POLL_S = 0.01

Progress = Callable[[str, float], None]


def open_engine(
    model: StoredModel,
    *,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
    device: str = "cpu",
    weights_format: Format | None = None,
) -> LocalEngine:
    """Opens a stored model, converting it first if this is its first use.

    Args:
        model: from `codegen.store`.
        progress: told a stage and the share of it that is done, 0 to 1.
        cancel: gives up between blocks of the conversion.
        device: a torch device; on "cuda" the decoder is `codegen.gpu.decoder.GpuDecoder`.
        weights_format: how the weights are held; None lets the device choose. A CPU takes "int8"
            where its kernels were compiled, else "bf16", the unquantised reference.

    Raises:
        ModelFileError: the files are damaged or unsupported.
        DiskFull: the converted weights do not fit.
        LeadsmanError: the device lacks memory or a package.
        Cancelled: `cancel` was set.
    """
    report = progress or (lambda stage, share: None)
    on_gpu = torch.device(device).type == "cuda"
    dtype = torch.bfloat16 if on_gpu else cpu_dtype(weights_format)

    def opened() -> LocalEngine:
        folder = ensure_converted(model, progress=progress, cancel=cancel, dtype=dtype)
        try:
            return _open_converted(model.name, folder, device, report, weights_format, dtype)
        except ModelFileError:
            # What we made ourselves we can make again; the model as it was pulled is still there.
            shutil.rmtree(folder, ignore_errors=True)
            raise

    try:
        return opened()
    except ModelFileError:
        return opened()


def open_packed_engine(
    folder: Path, *, device: str = "cuda", progress: Progress | None = None
) -> LocalEngine:
    """Opens what `python -m codegen.quantize` wrote.

    Raises:
        ModelFileError: the files are damaged.
        LeadsmanError: the device lacks memory or a package.
    """
    report = progress or (lambda stage, share: None)
    tokenizer = Tokenizer.load(folder)
    decoder = open_gpu_decoder(folder, MAX_CONTEXT_TOKENS, torch.device(device), report)
    return _warmed_up(LocalEngine(folder.name, decoder, tokenizer), report)


def _open_converted(
    name: str,
    folder: Path,
    device: str,
    report: Progress,
    weights_format: Format | None,
    dtype: torch.dtype,
) -> LocalEngine:
    check_samples(folder)
    report("Reading the tokenizer", 0.0)
    tokenizer = Tokenizer.load(folder)
    report("Mapping the weights", 0.0)
    where = torch.device(device)
    decoder: Decoder
    if where.type == "cuda":
        decoder = open_gpu_decoder(folder, MAX_CONTEXT_TOKENS, where, report, weights_format)
    else:
        decoder = open_cpu_decoder(folder, dtype, MAX_CONTEXT_TOKENS)
    return _warmed_up(LocalEngine(name, decoder, tokenizer), report)


def _warmed_up(engine: LocalEngine, report: Progress) -> LocalEngine:
    report("Warming up", 0.0)
    engine.warm_up()
    return engine


class LocalEngine:
    """Generates with a dense decoder, one batch at a time; implements `codegen.engine.Engine`."""

    def __init__(
        self,
        name: str,
        decoder: Decoder,
        tokenizer: Tokenizer,
        *,
        prompts: Prompts | None = None,
        family: str = "",
    ) -> None:
        """Binds a decoder to its tokenizer.

        The vocabulary decides the prompt family, unless `prompts` come with a model of another
        `family`.
        """
        if prompts is None:
            config = decoder.config
            assert config is not None, "only models of others come with their own prompts"
            known = detect_family(config.architecture, tokenizer)
            prompts, family = PromptBuilder(known, tokenizer, config.eos_id), known.name
        self._decoder: Decoder | None = decoder
        self._tokenizer = tokenizer
        self._prompts = prompts
        self._spellings = SpellingIndex(tokenizer)
        self._lock = threading.Lock()
        self._info = EngineInfo(
            model=name,
            family=family,
            weights=decoder.weights_name,
            device=str(decoder.device),
            context_tokens=decoder.context_tokens,
        )

    @property
    def info(self) -> EngineInfo:
        """What answers."""
        return self._info

    def warm_up(self) -> None:
        """Does before the first request what would make that one slow, and scores one token.

        Raises:
            ModelFileError: no model computes such numbers; whole digests are checked on request
                only, but weights that were overwritten with zeros or noise show here for nothing.
        """
        decoder = self._decoder
        if decoder is None:
            return
        decoder.warm_up()
        logits = decoder.score([Segment((0,), decoder.new_cache(1))]).logits
        if not bool(logits.isfinite().all()) or bool((logits == logits[0, 0]).all()):
            raise ModelFileError(
                f"{self._info.model} tells no token from another, so its weights are damaged; "
                "remove it with `leadsman model remove` and pull it again"
            )

    def close(self) -> None:
        """Drops the weights once the running batch is over."""
        with self._lock:
            self._decoder = None

    def generate(self, requests: Batch[Request], cancel: CancelToken) -> Iterator[Event]:
        """Prefills the requests one by one, then decodes them together, token by token.

        Those for which the decoder's cache has no room yet begin when others are done.
        """
        started = time.perf_counter()
        while not self._lock.acquire(timeout=_QUEUE_POLL_S):
            if cancel.is_cancelled:
                break
        else:
            try:
                yield from self._generate(requests, cancel, _since_ms(started))
            finally:
                self._lock.release()
            return
        queued = Timings(queue_ms=_since_ms(started))
        for i in range(len(requests)):
            yield Finished(i, "cancelled", queued)

    def _generate(
        self, requests: Batch[Request], cancel: CancelToken, queue_ms: float
    ) -> Iterator[Event]:
        unfinished = dict.fromkeys(range(len(requests)))
        sequences: dict[int, Sequence] = {}
        waiting = deque(enumerate(requests))

        def noted(event: Event) -> Event:
            if isinstance(event, Finished):
                del unfinished[event.request_idx]
                if event.request_idx in sequences:
                    sequences.pop(event.request_idx).cache.release()
            return event

        try:
            while unfinished:
                while waiting:
                    i, request = waiting[0]
                    try:
                        sequence = self._start(i, request)
                    except PromptError as error:
                        if isinstance(error, CacheFull) and sequences:
                            break
                        waiting.popleft()
                        yield noted(
                            Finished(i, "context_full", Timings(queue_ms), detail=str(error))
                        )
                        continue
                    waiting.popleft()
                    sequences[i] = sequence
                    for event in self._step([sequence], cancel, queue_ms):
                        yield noted(event)
                if sequences:
                    for event in self._advance(list(sequences.values()), cancel, queue_ms):
                        yield noted(event)
        except Cancelled:
            ended: FinishReason = "cancelled"
            detail = ""
        except Exception as error:  # noqa: BLE001  The seam: an engine's fault is an answer.
            ended, detail = "failed", _describe(error)
        for i in list(unfinished):
            if i in sequences:
                yield sequences[i].finished(queue_ms, ended, detail)
            else:
                yield Finished(i, ended, Timings(queue_ms), detail=detail)

    def _start(self, i: int, request: Request) -> Sequence:
        started = time.perf_counter()
        decoder = self._require_decoder()
        n_new = max(1, request.stop.max_new_tokens)
        room = decoder.context_tokens - n_new
        prompt = self._prompts.build(request.prompt, request.budget, room)
        cache = decoder.new_cache(len(prompt.token_ids) + n_new)
        sequence = Sequence(i, request, prompt, cache, self._tokenizer, self._spellings)
        sequence.prompt_ms = _since_ms(started)
        return sequence

    def _advance(
        self, active: list[Sequence], cancel: CancelToken, queue_ms: float
    ) -> Iterator[Event]:
        """Takes one token for each sequence, or all the rest of a single one that needs no host."""
        if len(active) == 1 and active[0].takes_the_best:
            (sequence,) = active
            tokens = self._require_decoder().follow(sequence.cache, sequence.pending[0])
            if tokens is not None:
                return self._follow(sequence, tokens, cancel, queue_ms)
        return self._step(active, cancel, queue_ms)

    def _step(
        self, active: list[Sequence], cancel: CancelToken, queue_ms: float
    ) -> Iterator[Event]:
        """Feeds each sequence its pending tokens and takes one new token for it."""
        cancel.check()
        started = time.perf_counter()
        scores = self._require_decoder().score(
            [Segment(s.pending, s.cache) for s in active], checkpoint=cancel.check
        )
        # One copy for the batch; asking the device row by row would wait for it each time.
        best = None if scores.best is None else scores.best.tolist()
        for i, sequence in enumerate(active):
            if not sequence.prefill_ms:
                sequence.prefill_ms = _since_ms(started)
            if best is not None and sequence.takes_the_best:
                text = sequence.accept(best[i])
            else:
                text = sequence.take(scores.logits[i])
            yield from _events(sequence, text, queue_ms)

    def _follow(
        self, sequence: Sequence, tokens: Iterator[int], cancel: CancelToken, queue_ms: float
    ) -> Iterator[Event]:
        """Takes tokens that the device computes ahead, until the sequence ends."""
        for token_id in tokens:
            cancel.check()
            yield from _events(sequence, sequence.accept(token_id), queue_ms)
            if sequence.reason is not None:
                return

    def _require_decoder(self) -> Decoder:
        if self._decoder is None:
            raise EngineClosed("the engine was closed; restart the server")
        return self._decoder


def _events(sequence: Sequence, text: str, queue_ms: float) -> Iterator[Event]:
    if text:
        yield TextDelta(sequence.request_idx, text)
    if sequence.reason is not None:
        yield sequence.finished(queue_ms, sequence.reason)


def _describe(error: Exception) -> str:
    """A fault in one line, without its message: that may quote the user's text, and is logged."""
    if isinstance(error, LeadsmanError):
        return str(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"


def _since_ms(started: float) -> float:
    return (time.perf_counter() - started) * 1e3
