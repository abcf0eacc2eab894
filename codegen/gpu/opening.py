"""From a folder of weights to a decoder on a GPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from codegen.choice import CacheChoice
from codegen.errors import LeadsmanError, ModelFileError, UnsupportedModel
from codegen.gpu.decoder import GpuDecoder
from codegen.gpu.packed_weights import Format, PackedWeights, Packer, check_packable, pack_weights
from codegen.gpu.pool import positions_for
from codegen.gpu.taken_over import has_blocks_to_take_over, loss_line, take_over
from codegen.loading.weights import open_weights
from codegen.quantize.packed_file import PACKED_NAME, open_packed

# Eight bits cost no measurable accuracy; who wants four quantises on purpose.
DEFAULT_FORMAT: Format = "int8"
# Room for a hundred short requests together, where half of the device's free memory allows it; more
# of them wait for each other.
POOL_TOKENS = 131_072

Report = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class GpuHolding:
    """How a GPU holds a model.

    weights_format: None lets the decoder choose. blocks: the GGUF that the model came from, whose
    4-bit codes are taken over where it has any. cache: of keys and values.
    """

    weights_format: Format | None = None
    blocks: Path | None = None
    cache: CacheChoice = field(default_factory=CacheChoice)


def open_gpu_decoder(
    folder: Path,
    context_tokens: int,
    device: torch.device,
    report: Report,
    holding: GpuHolding = GpuHolding(),
) -> GpuDecoder:
    """Opens packed weights as they are, and packs others on the way to the device.

    Raises:
        ModelFileError: the files are damaged.
        LeadsmanError: there is no such device, it has too little memory, or Triton is missing.
    """
    if device.type == "cuda" and not torch.cuda.is_available():
        raise LeadsmanError(f"there is no CUDA device for {device!s}; use the CPU")
    try:
        weights = _weights(folder, device, report, holding)
        n_positions = positions_for(
            weights.config, device, context_tokens, POOL_TOKENS, holding.cache.numbers
        )
        return GpuDecoder(weights, context_tokens, pool_tokens=n_positions, cache=holding.cache)
    except torch.cuda.OutOfMemoryError as error:
        raise LeadsmanError(
            f"the model does not fit the memory of {device}; quantise it to 4 bits with "
            "`python -m codegen.quantize`, or use the CPU"
        ) from error
    except ImportError as error:
        raise LeadsmanError(
            f"decoding on {device} needs Triton ({error}); install leadsman[gpu], or use the CPU"
        ) from error


def _weights(
    folder: Path, device: torch.device, report: Report, holding: GpuHolding
) -> PackedWeights:
    packed = folder / PACKED_NAME
    if packed.is_file():
        report("Reading the packed weights", 0.0)
        return open_packed(packed, device)
    if holding.blocks is not None and has_blocks_to_take_over(holding.blocks):
        weights, losses = take_over(
            holding.blocks, device, lambda share: report("Taking over 4-bit weights", share)
        )
        report(loss_line(losses), 1.0)
        return weights
    dense = open_weights(folder)
    kind = holding.weights_format or DEFAULT_FORMAT
    if holding.weights_format is None:
        try:
            check_packable(dense.config)
        except UnsupportedModel:
            kind = "bf16"
    try:
        return pack_weights(
            dense, Packer(kind), device, lambda share: report("Quantising the weights", share)
        )
    except ValueError as error:
        raise ModelFileError(f"the model's weights are damaged: {error}") from error
