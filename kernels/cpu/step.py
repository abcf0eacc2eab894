"""The C library's forward pass, with the threads that it runs on."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kernels.cpu import library
from kernels.cpu.library import LANES
from kernels.cpu.model import Int8Model, addresses, matrix
from kernels.cpu.packing import Int8Matrix
from kernels.cpu.threads import physical_cores

_CANCELLED, _NO_MEMORY = 1, 2
# `lm_ending` of a product: what is done with it.
STORE, ADD, GATED = 0, 1, 2


class Workers:
    """The threads, and the kernels that they run; one step at a time."""

    def __init__(self, n_threads: int | None = None, kernels: str | None = None) -> None:
        """Starts the threads, one for each physical core unless told otherwise.

        Args:
            n_threads: the caller's own included.
            kernels: a name of `library.kernel_sets()`; None takes the best.

        Raises:
            LibraryMissing: the C library was not compiled.
            ValueError: this machine cannot run these kernels.
        """
        self._library = library.library()
        self._kernels = self._library.lm_find_kernels(kernels and kernels.encode())
        if not self._kernels:
            raise ValueError(
                f"this machine cannot run the kernels {kernels!r}; "
                f"these it can: {', '.join(library.kernel_sets())}"
            )
        self.kernels = kernels or library.kernel_sets()[0]
        self._pool = self._library.lm_pool_open(n_threads or physical_cores())
        if not self._pool:
            raise MemoryError("no memory for the threads of the int8 kernels")
        weakref.finalize(self, self._library.lm_pool_close, self._pool)

    @property
    def n_threads(self) -> int:
        """How many threads there are."""
        return int(self._library.lm_pool_threads(self._pool))

    def linear(self, x: Tensor, weight: Int8Matrix, ending: int = STORE) -> Tensor:
        """As `reference.linear`, or `reference.gated` with the ending GATED.

        Shapes: x [M, K] float32, contiguous -> [M, N].
        """
        out = torch.zeros(x.shape[0], -(-weight.n // LANES) * LANES)
        described = matrix(weight)
        failed = self._library.lm_linear(
            *(self._pool, self._kernels, x.data_ptr(), x.shape[0]),
            *(ctypes.byref(described), ending, out.data_ptr()),
        )
        if failed:
            raise MemoryError(f"no memory for {x.shape[0]} rows of {x.shape[1]}")
        return out[:, : weight.n]

    def quantize(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """As `reference.quantize_rows` of one row. Shapes: x [K] -> codes [K], scale [groups]."""
        groups = -(-x.shape[0] // library.GROUP)
        codes = torch.zeros(-(-x.shape[0] // 4) * 4, dtype=torch.int8)
        scale, offset = torch.zeros(groups), torch.zeros(groups, dtype=torch.int32)
        self._library.lm_quantize(
            *(self._kernels, x.data_ptr(), x.shape[0]),
            *(codes.data_ptr(), scale.data_ptr(), offset.data_ptr()),
        )
        return codes[: x.shape[0]], scale

    def run(self, *arguments: object) -> int:
        """`lm_step` on these threads with these kernels."""
        return int(self._library.lm_step(self._pool, self._kernels, *arguments))


@dataclass(frozen=True, slots=True)
class Extension:
    """New tokens of one sequence and its cache.

    Shapes: keys [layers, G, capacity / 16, D, 16], values [layers, G, capacity, D padded to 16].
    """

    token_ids: Sequence[int]
    keys: NDArray[np.float32]
    values: NDArray[np.float32]
    length: int
    capacity: int


class CpuStep:
    """Forward passes of one model."""

    def __init__(self, model: Int8Model, workers: Workers) -> None:
        """Binds a model to the threads."""
        self.model = model
        self.workers = workers
        self._addresses = addresses(model)

    def __call__(
        self,
        extensions: Sequence[Extension],
        wanted: Sequence[int],
        checkpoint: Callable[[], None] | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Extends sequences, their tokens end to end as rows, and scores what follows some rows.

        Args:
            extensions: one for each sequence.
            wanted: rows whose next token is asked for.
            checkpoint: called before every layer; what it raises ends the pass.

        Shapes: -> logits [len(wanted), V] float32, best [len(wanted)] int32, -1 for no number.

        Raises:
            ValueError: a token that the vocabulary does not have, or more than the cache holds.
            MemoryError: the pass does not fit.
        """
        rows = (library.SequenceRows * len(extensions))()
        for row, extension in zip(rows, extensions, strict=True):
            _describe(row, extension, self.model)
        vocab = self.model.sizes.vocab
        logits = torch.empty(len(wanted), -(-vocab // LANES) * LANES)
        best = torch.empty(len(wanted), dtype=torch.int32)
        raised: list[BaseException] = []
        status = self.workers.run(
            *(ctypes.byref(self._addresses), rows, len(extensions)),
            *((ctypes.c_int32 * len(wanted))(*wanted), len(wanted), logits.data_ptr()),
            ctypes.cast(best.data_ptr(), ctypes.POINTER(ctypes.c_int32)),
            _question(checkpoint, raised),
        )
        if raised:
            raise raised[0]
        if status == _NO_MEMORY:
            n = sum(len(extension.token_ids) for extension in extensions)
            raise MemoryError(f"no memory for a step of {n} tokens; close something large")
        return logits[:, :vocab], best


def _describe(row: library.SequenceRows, extension: Extension, model: Int8Model) -> None:
    n = len(extension.token_ids)
    if not 0 < n <= extension.capacity - extension.length:
        raise ValueError(
            f"{n} tokens behind {extension.length} do not fit a cache of {extension.capacity}"
        )
    if extension.length + n > model.cosines.shape[0]:
        raise ValueError(f"the model has {model.cosines.shape[0]} positions")
    if not 0 <= min(extension.token_ids) <= max(extension.token_ids) < model.sizes.vocab:
        raise ValueError(f"a token is not one of the {model.sizes.vocab} of the vocabulary")
    row.token_ids = (ctypes.c_int32 * n)(*extension.token_ids)
    row.keys, row.values = extension.keys.ctypes.data, extension.values.ctypes.data
    row.n_tokens, row.length, row.capacity = n, extension.length, extension.capacity


def _question(
    checkpoint: Callable[[], None] | None, raised: list[BaseException]
) -> ctypes._FuncPointer:
    if checkpoint is None:
        return library.MustStop()

    def must_stop() -> int:
        try:
            checkpoint()
        except BaseException as error:  # noqa: BLE001  C cannot pass it on; the caller raises it.
            raised.append(error)
            return 1
        return 0

    return library.MustStop(must_stop)
