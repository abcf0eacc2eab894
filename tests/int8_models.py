"""Small random int8 models whose sizes fit no register: heads, widths and vocabulary are odd."""

from __future__ import annotations

import torch

from kernels import reference
from kernels.cpu.model import Int8Layer, Int8Model, Sizes
from kernels.cpu.packing import pack_matrix, pack_pair

SIZES = Sizes(hidden=90, ffn=150, n_heads=6, n_kv_heads=2, head_dim=10, vocab=77, eps=1e-6)


def random_model(
    sizes: Sizes = SIZES, *, n_layers: int = 2, positions: int = 640, bias: bool = True
) -> Int8Model:
    """The same model every time."""
    random = torch.Generator().manual_seed(7)

    def normal(*shape: int, around: float = 0.0, scale: float = 0.3) -> torch.Tensor:
        return torch.randn(*shape, generator=random) * scale + around

    C, F, V = sizes.hidden, sizes.ffn, sizes.vocab
    q_rows, kv_rows = sizes.n_heads * sizes.head_dim, sizes.n_kv_heads * sizes.head_dim
    layers = tuple(
        Int8Layer(
            attn_norm=normal(C, around=1.0),
            qkv=pack_matrix(normal(q_rows + 2 * kv_rows, C)),
            qkv_bias=normal(q_rows + 2 * kv_rows, scale=3.0) if bias else None,
            out=pack_matrix(normal(C, q_rows)),
            ffn_norm=normal(C, around=1.0),
            gate_up=pack_pair(normal(F, C), normal(F, C)),
            down=pack_matrix(normal(C, F)),
        )
        for _ in range(n_layers)
    )
    cosines, sines = reference.rope_table(
        positions, sizes.head_dim, 10_000.0, 1.0, torch.device("cpu")
    )
    table = pack_matrix(normal(V, C, scale=1.0))
    return Int8Model(
        sizes=sizes,
        embed=table,
        layers=layers,
        final_norm=normal(C, around=1.0),
        head=table,
        cosines=cosines.contiguous(),
        sines=sines.contiguous(),
    )


def random_tokens(n: int, seed: int = 0, vocab: int = SIZES.vocab) -> list[int]:
    """Tokens of the vocabulary."""
    random = torch.Generator().manual_seed(seed)
    tokens: list[int] = torch.randint(0, vocab, (n,), generator=random).tolist()
    return tokens
