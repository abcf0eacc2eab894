"""Transformers behind the decoder's seam."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from codegen.decoder import Segment
from codegen.errors import Cancelled
from codegen.foreign.decoder import ForeignDecoder
from tests import tiny_models


def test_a_pass_that_is_cancelled_between_layers_leaves_no_trace(tmp_path: Path) -> None:
    model = tiny_models.write_model(tmp_path / "tiny", "qwen2", sizes=tiny_models.PACKABLE)
    decoder = ForeignDecoder(model, 64, "float32")
    cache = decoder.new_cache(32)
    decoder.score([Segment([5, 6], cache)])
    calls = 0

    def checkpoint() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        decoder.score([Segment([7, 8], cache)], checkpoint=checkpoint)
    assert cache.length == 2
    after = decoder.score([Segment([9], cache)]).logits
    fresh = decoder.score([Segment([5, 6, 9], decoder.new_cache(32))]).logits
    assert torch.allclose(after, fresh, atol=1e-4)
    with pytest.raises(ValueError, match="do not fit"):
        decoder.score([Segment([1] * 40, cache)])
