"""The C library as Python sees it: its structures, its functions, and whether it is there.

Addresses are of memory that others own; whoever fills a structure keeps what it points to alive.
"""

from __future__ import annotations

import ctypes
import functools
import os
from ctypes import POINTER, Structure, c_float, c_int32, c_void_p
from pathlib import Path

from kernels.cpu.build import LIBRARY, digest

LANES = 16
GROUP = 128
MOST_HEADS = 64


class Matrix(Structure):
    """`lm_matrix`."""

    _fields_ = (("packed", c_void_p), ("scale", c_void_p), ("n", c_int32), ("k", c_int32))


class Layer(Structure):
    """`lm_layer`."""

    _fields_ = (
        ("attn_norm", c_void_p),
        ("qkv", Matrix),
        ("qkv_bias", c_void_p),
        ("out", Matrix),
        ("ffn_norm", c_void_p),
        ("gate_up", Matrix),
        ("down", Matrix),
    )


class Model(Structure):
    """`lm_model`."""

    _fields_ = (
        ("layers", POINTER(Layer)),
        ("final_norm", c_void_p),
        ("cosines", c_void_p),
        ("sines", c_void_p),
        ("embed", Matrix),
        ("head", Matrix),
        ("n_layers", c_int32),
        ("hidden", c_int32),
        ("ffn", c_int32),
        ("n_heads", c_int32),
        ("n_kv_heads", c_int32),
        ("head_dim", c_int32),
        ("eps", c_float),
    )


class SequenceRows(Structure):
    """`lm_sequence`."""

    _fields_ = (
        ("token_ids", POINTER(c_int32)),
        ("keys", c_void_p),
        ("values", c_void_p),
        ("n_tokens", c_int32),
        ("length", c_int32),
        ("capacity", c_int32),
    )


MustStop = ctypes.CFUNCTYPE(c_int32)


class LibraryMissing(Exception):
    """The C library was not compiled, or cannot be loaded; the message says what to do."""


@functools.cache
def library() -> ctypes.CDLL:
    """The library, loaded once; ctypes lets other Python threads run while it works.

    Raises:
        LibraryMissing: it is not there.
    """
    path = Path(os.environ.get("LEADSMAN_CPU_LIBRARY") or LIBRARY)
    remedy = "install a C compiler, then run `python -m kernels.cpu.build`"
    if not path.is_file():
        raise LibraryMissing(f"the int8 kernels are not compiled; {remedy}")
    try:
        loaded = ctypes.CDLL(str(path))
        _declare(loaded)
    except (OSError, AttributeError) as error:
        raise LibraryMissing(f"{path} cannot be used ({error}); {remedy}") from error
    if loaded.lm_sources().decode() != digest():
        # Its structures may be others, and nothing would say so.
        raise LibraryMissing(f"{path} was compiled from other sources; {remedy}")
    return loaded


def _declare(loaded: ctypes.CDLL) -> None:
    pointer, i32 = c_void_p, c_int32
    loaded.lm_sources.argtypes = ()
    loaded.lm_sources.restype = ctypes.c_char_p
    loaded.lm_find_kernels.argtypes = (ctypes.c_char_p,)
    loaded.lm_find_kernels.restype = pointer
    loaded.lm_kernels_name.argtypes = (i32,)
    loaded.lm_kernels_name.restype = ctypes.c_char_p
    loaded.lm_pool_open.argtypes = (i32,)
    loaded.lm_pool_open.restype = pointer
    loaded.lm_pool_close.argtypes = (pointer,)
    loaded.lm_pool_close.restype = None
    loaded.lm_pool_threads.argtypes = (pointer,)
    loaded.lm_pool_threads.restype = i32
    loaded.lm_step.argtypes = (
        *(pointer, pointer, POINTER(Model), POINTER(SequenceRows), i32),
        *(POINTER(i32), i32, pointer, POINTER(i32), MustStop),
    )
    loaded.lm_step.restype = i32
    loaded.lm_linear.argtypes = (pointer, pointer, pointer, i32, POINTER(Matrix), i32, pointer)
    loaded.lm_linear.restype = i32
    loaded.lm_quantize.argtypes = (pointer, pointer, i32, pointer, pointer, pointer)
    loaded.lm_quantize.restype = None


def kernel_sets() -> tuple[str, ...]:
    """The kernels that this machine can run, best first; none without the library."""
    try:
        loaded = library()
    except LibraryMissing:
        return ()
    names: list[str] = []
    while (name := loaded.lm_kernels_name(len(names))) is not None:
        names.append(name.decode())
    return tuple(names)
