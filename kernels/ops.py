"""Every operation of the decoder, dispatched to the best path for the tensors at hand.

Callers use these names only. A path is chosen by device and dtype, never by a global switch, and
`paths()` says which one runs, so that `leadsman doctor` and the tests can tell.
"""

from __future__ import annotations

from kernels import reference, torch_paths

embed = reference.embed
linear = torch_paths.linear
head = torch_paths.head
add_rms_norm = reference.add_rms_norm
rope_table = reference.rope_table
apply_rope = reference.apply_rope
attention = torch_paths.attention
swiglu = reference.swiglu
sample = reference.sample

OPERATIONS = (
    "embed",
    "linear",
    "head",
    "add_rms_norm",
    "rope_table",
    "apply_rope",
    "attention",
    "swiglu",
    "sample",
)


def paths() -> dict[str, str]:
    """The module that serves each operation on this machine."""
    return {name: globals()[name].__module__ for name in OPERATIONS}
