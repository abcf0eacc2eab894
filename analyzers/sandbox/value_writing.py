"""Writes plain values; `analyzers.sandbox.values` says how."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from json.encoder import encode_basestring_ascii
from typing import Any, Final

from analyzers.sandbox.plain import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_EXPONENT,
    MAX_ITEMS,
    NotPlain,
    Opaque,
    type_name_of,
)

MAX_ITERATOR_ITEMS: Final = 100_000
_SMALL: Final = 1 << 53

_mro_of: Final[Callable[[type], tuple[type, ...]]] = type.__dict__["__mro__"].__get__
_EMPTY: Final[dict[int, int]] = {}
_keys_type, _values_type, _items_type = (
    type(_EMPTY.keys()),
    type(_EMPTY.values()),
    type(_EMPTY.items()),
)


def encode(value: object, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Writes a value; what is not plain becomes its type's name.

    Raises:
        NotPlain: The value is too large, too deep or endless, or changes while it is read.
        Exception: Whatever an iterator in the value raises when asked for its items.
    """
    tokens: list[object] = []
    budget = max_bytes
    # One iterator over the children still to write for each open container.
    open_containers: list[Iterator[object]] = [iter((value,))]
    while open_containers:
        try:
            item = next(open_containers[-1])
        except StopIteration:
            open_containers.pop()
            continue
        token, children = _token(item)
        tokens.append(token)
        budget -= len(token) + 3 if type(token) is str else 8
        if budget < 0:
            raise NotPlain(f"a value of more than {max_bytes} bytes")
        if children is not None:
            if len(tokens) + len(children) > MAX_ITEMS:
                raise NotPlain(f"a value of more than {MAX_ITEMS} parts")
            if len(open_containers) > MAX_DEPTH:
                raise NotPlain(f"a value nested deeper than {MAX_DEPTH}")
            open_containers.append(iter(children))
    data = f"[{','.join(map(_text_of, tokens))}]".encode("ascii")
    if len(data) > max_bytes:
        raise NotPlain(f"a value of {len(data)} bytes, more than {max_bytes}")
    return data


def _text_of(token: object) -> str:
    if type(token) is str:
        return encode_basestring_ascii(token)
    if type(token) is int or type(token) is float:
        return repr(token)
    return "null" if token is None else "true" if token else "false"


def _token(item: object) -> tuple[object, list[object] | None]:
    """The scalar that stands for an item, and what must follow it."""
    kind = type(item)
    if item is None or item is True or item is False:
        return item, None
    writer = _WRITERS.get(kind)
    if writer is None:
        mro = _mro_of(kind)
        for base in mro[1:]:
            writer = _WRITERS.get(base)
            if writer is not None:
                break
        else:
            if not any("__next__" in base.__dict__ for base in mro):
                return "o" + type_name_of(kind), None
            writer = _write_iterator
    return writer(item)


def _write_int(item: Any) -> tuple[object, None]:
    number = int.__int__(item)
    if -_SMALL < number < _SMALL:
        return number, None
    return "x" + int.__format__(number, "x"), None


def _write_float(item: Any) -> tuple[object, None]:
    number = float.__float__(item)
    return (number if math.isfinite(number) else f"f{number!r}"), None


def _write_str(item: Any) -> tuple[object, None]:
    text = str.__str__(item)
    if text.isascii():
        return "s" + text, None
    try:
        text.encode()
    except UnicodeEncodeError:
        return "u" + text.encode("utf-8", "surrogatepass").hex(), None
    return "s" + text, None


def _write_complex(item: Any) -> tuple[object, list[object]]:
    number = complex.__pos__(item)
    return "c", [number.real, number.imag]


def _write_range(item: Any) -> tuple[object, list[object]]:
    return "r", [item.start, item.stop, item.step]


def _write_dict(item: Any) -> tuple[object, list[object]]:
    pairs = list(dict.items(item))
    return f"d{len(pairs)}", [part for pair in pairs for part in pair]


def _write_items_view(item: Any) -> tuple[object, list[object]]:
    pairs = list(item)
    return f"P{len(pairs)}", [part for pair in pairs for part in pair]


def _write_fraction(item: Any) -> tuple[object, list[object] | None]:
    top, bottom = item._numerator, item._denominator
    if type(top) is not int or type(bottom) is not int or bottom <= 0:
        return "oFraction", None
    return "q", [top, bottom]


def _write_decimal(item: Any) -> tuple[object, None]:
    if Decimal.is_finite(item) and abs(Decimal.adjusted(item)) > MAX_EXPONENT:
        return "oDecimal", None
    return "D" + Decimal.__str__(item), None


def _write_iterator(item: Any) -> tuple[object, list[object]]:
    items: list[object] = []
    for part in item:
        items.append(part)
        if len(items) > MAX_ITERATOR_ITEMS:
            raise NotPlain(f"an iterator of more than {MAX_ITERATOR_ITEMS} items")
    return f"i{len(items)}", items


def _write_all(tag: str, items_of: Callable[[Any], Iterator[object]]) -> Callable[[Any], Any]:
    def write(item: Any) -> tuple[object, list[object]]:
        items = list(items_of(item))
        return f"{tag}{len(items)}", items

    return write


_WRITERS: Final[dict[type, Callable[[Any], Any]]] = {
    int: _write_int,
    float: _write_float,
    str: _write_str,
    bytes: lambda item: ("b" + bytes.hex(item), None),
    bytearray: lambda item: ("y" + bytearray.hex(item), None),
    complex: _write_complex,
    range: _write_range,
    list: _write_all("l", list.__iter__),
    tuple: _write_all("t", tuple.__iter__),
    set: _write_all("S", set.__iter__),
    frozenset: _write_all("F", frozenset.__iter__),
    deque: _write_all("e", deque.__iter__),
    dict: _write_dict,
    _keys_type: _write_all("K", iter),
    _values_type: _write_all("V", iter),
    _items_type: _write_items_view,
    Fraction: _write_fraction,
    Decimal: _write_decimal,
    Opaque: lambda item: (f"o{item.type_name}", None),
}
