"""The engine in this process: a dense decoder over mapped weights, behind `codegen.engine`."""

from __future__ import annotations

import shutil
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Batch
from dataclasses import dataclass
from pathlib import Path

import torch

from codegen.choice import CacheChoice
from codegen.cpu.opening import cpu_dtype, open_cpu_decoder
from codegen.decoder import Decoder, Segment
from codegen.drafts.gate import Gate
from codegen.engine import (
    CancelToken,
    EngineInfo,
    Event,
    Finished,
    FinishReason,
    KeptPrompts,
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
from codegen.gpu.opening import GpuHolding, open_gpu_decoder
from codegen.gpu.packed_weights import Format
from codegen.healing import SpellingIndex
from codegen.loading.convert import ensure_converted
from codegen.prompt.builder import PromptBuilder, Prompts
from codegen.prompt.family import detect_family
from codegen.reuse.slots import PrefixSlots
from codegen.sequence import Sequence
from codegen.stepping import Released, Stepper
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
    cache: CacheChoice = CacheChoice(),  # noqa: B008  It cannot be changed.
) -> LocalEngine:
    """Opens a stored model, converting it first if this is its first use.

    Args:
        model: from `codegen.store`.
        progress: told a stage and the share of it that is done, 0 to 1.
        cancel: gives up between blocks of the conversion.
        device: a torch device; on "cuda" the decoder is `codegen.gpu.decoder.GpuDecoder`.
        weights_format: how the weights are held; None lets the device choose. A GPU takes the codes
            of a GGUF of 4 bits over as they are; a CPU takes "int8" where its kernels were
            compiled, else "bf16", the unquantised reference.
        cache: how a GPU holds keys and values.

    Raises:
        ModelFileError: the files are damaged or unsupported.
        DiskFull: the converted weights do not fit.
        LeadsmanError: the device lacks memory or a package.
        Cancelled: `cancel` was set.
    """
    report = progress or (lambda stage, share: None)
    on_gpu = torch.device(device).type == "cuda"
    dtype = torch.bfloat16 if on_gpu else cpu_dtype(weights_format)
    takes_blocks = weights_format is None and model.format == "gguf"
    holding = GpuHolding(weights_format, model.path if takes_blocks else None, cache)

    def opened() -> LocalEngine:
        folder = ensure_converted(model, progress=progress, cancel=cancel, dtype=dtype)
        try:
            return _open_converted(model.name, folder, device, report, holding, dtype)
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
    holding: GpuHolding,
    dtype: torch.dtype,
) -> LocalEngine:
    check_samples(folder)
    report("Reading the tokenizer", 0.0)
    tokenizer = Tokenizer.load(folder)
    report("Mapping the weights", 0.0)
    where = torch.device(device)
    decoder: Decoder
    if where.type == "cuda":
        decoder = open_gpu_decoder(folder, MAX_CONTEXT_TOKENS, where, report, holding)
    else:
        decoder = open_cpu_decoder(folder, dtype, MAX_CONTEXT_TOKENS)
    return _warmed_up(LocalEngine(name, decoder, tokenizer), report)


def _warmed_up(engine: LocalEngine, report: Progress) -> LocalEngine:
    report("Warming up", 0.0)
    engine.warm_up()
    return engine


@dataclass(frozen=True, slots=True)
class _Open:
    """What goes when the engine is closed."""

    decoder: Decoder
    stepper: Stepper
    slots: PrefixSlots


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
        gate: Gate | None = None,
    ) -> None:
        """Binds a decoder to its tokenizer.

        The vocabulary decides the prompt family, unless `prompts` come with a model of another
        `family`. `gate` decides which drafts are tried.
        """
        if prompts is None:
            config = decoder.config
            assert config is not None, "only models of others come with their own prompts"
            known = detect_family(config.architecture, tokenizer)
            prompts, family = PromptBuilder(known, tokenizer, config.eos_id), known.name
        self._open: _Open | None = _Open(
            decoder, Stepper(decoder, gate), PrefixSlots(decoder.new_cache, decoder.context_tokens)
        )
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

    @property
    def kept(self) -> KeptPrompts:
        """What is kept of earlier prompts; may be read on any thread."""
        return KeptPrompts() if self._open is None else self._open.slots.kept

    def warm_up(self) -> None:
        """Does before the first request what would make that one slow, and scores one token.

        Raises:
            ModelFileError: no model computes such numbers; whole digests are checked on request
                only, but weights that were overwritten with zeros or noise show here for nothing.
        """
        if self._open is None:
            return
        decoder = self._open.decoder
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
            self._open = None

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
                    self._end(sequences.pop(event.request_idx))
            return event

        try:
            while unfinished:
                while waiting:
                    i, request = waiting[0]
                    try:
                        sequence = self._start(i, request, is_alone=len(requests) == 1)
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
                    for event in self._begin(sequence, cancel, queue_ms):
                        yield noted(event)
                if sequences:
                    released = self._require_open().stepper.advance(
                        list(sequences.values()), cancel
                    )
                    for event in _events(released, queue_ms):
                        yield noted(event)
        except Cancelled:
            ended: FinishReason = "cancelled"
            detail = ""
        except Exception as error:  # noqa: BLE001  The seam: an engine's fault is an answer.
            ended, detail = "failed", _describe(error)
            self._drop(sequences)
        finally:
            # Also where the reader stops listening; what was read is of use to the next request.
            for sequence in sequences.values():
                self._end(sequence)
        for i in list(unfinished):
            if i in sequences:
                yield sequences[i].finished(queue_ms, ended, detail)
            else:
                yield Finished(i, ended, Timings(queue_ms), detail=detail)

    def _start(self, i: int, request: Request, *, is_alone: bool) -> Sequence:
        started = time.perf_counter()
        slots = self._require_open().slots
        n_new = max(1, request.stop.max_new_tokens)
        room = slots.context_tokens - n_new
        prompt = self._prompts.build(request.prompt, request.budget, room)
        if is_alone and request.kept_bytes:
            cache = slots.lease(prompt.token_ids, n_new)
        else:
            cache = slots.fresh(len(prompt.token_ids) + n_new)
        sequence = Sequence(i, request, prompt, cache, self._tokenizer, self._spellings)
        sequence.is_kept = is_alone and request.kept_bytes > 0
        sequence.prompt_ms = _since_ms(started)
        return sequence

    def _begin(self, sequence: Sequence, cancel: CancelToken, queue_ms: float) -> Iterator[Event]:
        stepper = self._require_open().stepper
        if sequence.request.stop.max_new_tokens > 0:
            yield from _events(stepper.begin(sequence, cancel), queue_ms)
            return
        stepper.read(sequence, cancel, all_of_it=True)
        yield sequence.finished(queue_ms, "length")

    def _end(self, sequence: Sequence) -> None:
        """Keeps what was read, or gives its memory back."""
        slots = self._require_open().slots
        if sequence.is_kept:
            limit, n_steady = sequence.request.kept_bytes, sequence.prompt.n_steady
            slots.keep(sequence.cache, sequence.tokens, n_steady, limit)
        else:
            slots.drop(sequence.cache)

    def _drop(self, sequences: dict[int, Sequence]) -> None:
        """After a fault nobody knows what the caches hold."""
        for sequence in sequences.values():
            sequence.is_kept = False

    def _require_open(self) -> _Open:
        if self._open is None:
            raise EngineClosed("the engine was closed; restart the server")
        return self._open


def _events(released: Released, queue_ms: float) -> Iterator[Event]:
    for sequence, text in released:
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
