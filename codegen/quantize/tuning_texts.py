"""The texts that weights are tuned on."""

from __future__ import annotations

import torch
from torch import Tensor

from codegen.decoder import Decoder, DenseDecoder
from codegen.gpu.decoder import GpuDecoder
from codegen.gpu.packed_weights import Packer, pack_weights
from codegen.loading.weights import DenseWeights
from codegen.local_engine import LocalEngine
from codegen.quantize.texts import calibration_ids, written_ids
from codegen.tokenizer import Tokenizer

_TUNING_SEQUENCES = 512
_OWN_FUNCTIONS = 960
# For questions and answers of a page.
_ROOM_TOKENS, _POOL_TOKENS = 2048, 192 * 1024
_SEED = 7


def tuning_text(
    dense: DenseWeights, tokenizer: Tokenizer, device: torch.device, *, own_texts: bool
) -> Tensor:
    """Sequences of all kinds, mixed; with `own_texts` also what the source answers itself.

    Shapes: -> [n, 512] int64.

    Raises:
        LeadsmanError: there are no prompts for the model's family, or it writes nothing.
    """
    text = calibration_ids(tokenizer, _TUNING_SEQUENCES, dense.config.architecture)
    if own_texts:
        decoder: Decoder
        if device.type == "cuda":
            whole = pack_weights(dense, Packer("bf16"), device)
            decoder = GpuDecoder(whole, _ROOM_TOKENS, pool_tokens=_POOL_TOKENS)
        else:
            decoder = DenseDecoder(dense, _ROOM_TOKENS)
        engine = LocalEngine(dense.config.name, decoder, tokenizer)
        try:
            own = written_ids(tokenizer, dense.config.architecture, engine, _OWN_FUNCTIONS)
        finally:
            engine.close()
        text = torch.cat((text, own))
    return text[torch.randperm(len(text), generator=torch.Generator().manual_seed(_SEED))]
