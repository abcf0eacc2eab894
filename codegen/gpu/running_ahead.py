"""Steps that run on the device while the host still reads an earlier one's tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from codegen.gpu.step import CapturedStep
from codegen.kv_cache import SequenceCache

STEPS_AHEAD = 2


def run_ahead(step: CapturedStep, caches: Sequence[SequenceCache]) -> Iterator[list[int]]:
    """Replays a filled step of single tokens, and yields what each sequence takes.

    The device feeds itself; the host learns of a token while the next one is being computed, so
    that what follows an end is computed for nothing and left behind. The caches grow with what was
    read; closing the iterator leaves them there. It ends when one of them is full.
    """
    n_sequences = len(caches)
    room = min(cache.capacity - cache.length for cache in caches)
    pinned = step.inputs.data.is_cuda
    # One place more than steps in flight, so that none is overwritten before it is read.
    n_places = STEPS_AHEAD + 1
    landing = torch.empty(n_places, n_sequences, dtype=torch.int64, pin_memory=pinned)
    arrivals: list[torch.cuda.Event | None] = [None] * n_places
    launched = 0
    for read in range(room):
        while launched < min(room, read + STEPS_AHEAD):
            place = launched % n_places
            with torch.inference_mode():
                _, chosen = step.run()
                landing[place].copy_(chosen[:n_sequences], non_blocking=True)
            if pinned:
                event = torch.cuda.Event()  # type: ignore[no-untyped-call]
                event.record()
                arrivals[place] = event
            launched += 1
        place = read % n_places
        arrival = arrivals[place]
        if arrival is not None:
            arrival.synchronize()
        for cache in caches:
            cache.advance(1)
        yield landing[place].tolist()
