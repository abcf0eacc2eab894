# mypy: ignore-errors
"""What the ending of a matmul is told, for the fused matmuls and the passes after the vendor's."""

from __future__ import annotations

import triton
from torch import Tensor

from kernels.step import ACTIVATION_SCALE, LayerCache, Places, Shape


def ending_operands(
    epilogue: str,
    *,
    out: Tensor,
    squares: Tensor | None = None,
    shape: Shape | None = None,
    places: Places | None = None,
    cache: LayerCache | None = None,
    residual: Tensor | None = None,
    next_x: Tensor | None = None,
    norm: Tensor | None = None,
    bias: Tensor | None = None,
) -> dict[str, object]:
    """Arguments of a kernel that calls `kernels.gpu.epilogues.finish_block`, by their names.

    Operands that the epilogue does not use may be left out; `out` stands for them.
    """
    n_squares = 0 if squares is None or epilogue == "add" else squares.shape[0]
    pages = None if places is None else places.pages
    return {
        "out_ptr": out,
        "squares_ptr": out if squares is None else squares,
        "residual_ptr": out if residual is None else residual,
        "next_x_ptr": out if next_x is None else next_x,
        "norm_ptr": out if norm is None else norm,
        "bias_ptr": out if bias is None else bias,
        "cos_ptr": out if places is None else places.cos,
        "sin_ptr": out if places is None else places.sin,
        "starts_ptr": out if places is None else places.starts,
        "bases_ptr": out if places is None else places.bases,
        "keys_ptr": out if cache is None else cache.keys,
        "values_ptr": out if cache is None else cache.values,
        "pages_ptr": out if pages is None else pages,
        "n_pages": 0 if pages is None else pages.shape[1],
        "PAGE": 0 if places is None else places.page_size,
        "head_stride": 0 if cache is None else cache.keys.stride(0),
        "position_stride": 0 if cache is None else cache.keys.stride(1),
        "T": 1 if places is None else places.n_new,
        "x_scale": 1.0 if epilogue == "plain" else ACTIVATION_SCALE,
        "eps": 0.0 if shape is None else shape.rms_eps,
        "EPILOGUE": epilogue,
        "N_SQUARES": n_squares,
        "SQUARES": triton.next_power_of_2(max(1, n_squares)),
        "HAS_BIAS": bias is not None,
        "H": 1 if shape is None else shape.H,
        "G": 1 if shape is None else shape.G,
        "D": 2 if shape is None else shape.D,
    }
