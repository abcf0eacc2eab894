"""Plain values as bytes: the only thing that passes between a program and whoever judges it.

A value is one flat JSON array of scalars, parents before children, so that neither side recurses
and nesting costs nothing. Numbers, booleans and None stand for themselves; a string starts with a
tag: `s` and the text; `l`, `t`, `S`, `F`, `e`, `i`, `d`, `K`, `V`, `P` and the number of items of
a list, tuple, set, frozenset, deque, iterator, dict, or of a dict's keys, values or items; `x` and
a hexadecimal integer; `f` and a float that JSON lacks; `u` and a text with lone surrogates, in
hexadecimal; `b` and `y` with bytes and a bytearray; `c` a complex and `r` a range, whose parts
follow; `q` a fraction, `D` a decimal; `o` and a type name for everything else.

Subclasses are read through their base type's own methods, so that nothing they override is
asked: a Counter is its dict, an IntEnum its int, a namedtuple its tuple. A shared part is written
out at each place; the bounds on size end what would grow without end, cycles included.

Runs on both sides, as do `plain`, `value_writing` and `value_reading`, which import nothing of the
project but one another.
"""

from __future__ import annotations

from analyzers.sandbox.plain import NotPlain, Opaque, type_name_of
from analyzers.sandbox.value_reading import decode
from analyzers.sandbox.value_writing import encode

__all__ = ["NotPlain", "Opaque", "decode", "encode", "type_name_of"]
