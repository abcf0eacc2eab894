"""Which decoder answers on a CPU, and opening it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import torch

from codegen.cpu.decoder import CpuDecoder
from codegen.cpu.weights import open_int8
from codegen.decoder import Decoder, DenseDecoder
from codegen.errors import LeadsmanError
from codegen.loading.weights import open_weights
from kernels.cpu import library

FORMATS: tuple[Literal["int8", "bf16"], ...] = ("int8", "bf16")


def cpu_dtype(weights_format: str | None = None) -> torch.dtype:
    """What a model is converted to for the CPU: int8 where its kernels are, unless told otherwise.

    Raises:
        LeadsmanError: another format, or int8 without its kernels.
    """
    if weights_format not in (None, *FORMATS):
        raise LeadsmanError(
            f"a CPU runs weights of {' or '.join(FORMATS)}, not of {weights_format!r}"
        )
    try:
        library.library()
    except library.LibraryMissing as error:
        if weights_format == "int8":
            raise LeadsmanError(str(error)) from error
        return torch.bfloat16
    return torch.bfloat16 if weights_format == "bf16" else torch.int8


def open_cpu_decoder(folder: Path, dtype: torch.dtype, context_tokens: int) -> Decoder:
    """Maps what `ensure_converted` made for a dtype.

    Raises:
        ModelFileError: the file is damaged.
    """
    if dtype == torch.int8:
        return CpuDecoder(*open_int8(folder, context_tokens))
    return DenseDecoder(open_weights(folder), context_tokens)
