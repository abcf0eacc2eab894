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

Runs on both sides; imports nothing of the project.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from json import JSONDecoder
from json.encoder import encode_basestring_ascii
from typing import Any, Final, NoReturn

MAX_ITEMS: Final = 1_000_000
"""Scalars and containers of one value."""
MAX_DEPTH: Final = 1_000
MAX_ITERATOR_ITEMS: Final = 100_000
MAX_BYTES: Final = 8 << 20
_MAX_SAME_HASH: Final = 32
_MAX_EXPONENT: Final = 400
_SMALL: Final = 1 << 53

type_name_of: Final[Callable[[type], str]] = type.__dict__["__name__"].__get__
_mro_of: Final[Callable[[type], tuple[type, ...]]] = type.__dict__["__mro__"].__get__
_EMPTY: Final[dict[int, int]] = {}
_keys_type, _values_type, _items_type = (
    type(_EMPTY.keys()),
    type(_EMPTY.values()),
    type(_EMPTY.items()),
)


class NotPlain(ValueError):
    """The value or its bytes break a bound or the format."""


class Opaque:
    """Stands for something that is no plain value. Equals nothing, not even itself."""

    __slots__ = ("type_name",)

    def __init__(self, type_name: str) -> None:
        """Takes the name of the type that was seen."""
        self.type_name = type_name

    def __eq__(self, other: object) -> bool:
        """Always false."""
        return False

    def __ne__(self, other: object) -> bool:
        """Always true."""
        return True

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        """Names the type."""
        return f"<{self.type_name} object>"


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
    if Decimal.is_finite(item) and abs(Decimal.adjusted(item)) > _MAX_EXPONENT:
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


def decode(data: bytes) -> Any:
    """Reads what `encode` wrote. Hostile bytes cost time linear in their number and run nothing.

    Raises:
        NotPlain: The bytes are no value, or one outside the bounds.
    """
    try:
        text = data.decode("ascii")
        tokens, end = _scan(text, 0)
        if end != len(text) or type(tokens) is not list or not 0 < len(tokens) <= MAX_ITEMS:
            raise NotPlain("not an array of tokens")
        return _build(tokens)
    except NotPlain:
        raise
    # Unhashable keys, bad numbers, nesting in the JSON, bytes that are no text: all mean the same.
    except _BAD_INPUT as error:
        raise NotPlain(f"not a value: {error}"[:200]) from None


class _Open:
    """A container whose items are still being read."""

    __slots__ = ("items", "left", "tag")

    def __init__(self, tag: str, left: int) -> None:
        self.tag = tag
        self.left = left
        self.items: list[Any] = []


def _build(tokens: list[Any]) -> Any:
    stack: list[_Open] = []
    for position, token in enumerate(tokens):
        value = _read(token)
        if type(value) is _Open:
            if value.left > len(tokens) - position - 1 or len(stack) > MAX_DEPTH:
                raise NotPlain("a container that holds more than was sent, or nested too deep")
            if value.left:
                stack.append(value)
                continue
            value = _CLOSERS[value.tag]([])
        while stack:
            stack[-1].items.append(value)
            stack[-1].left -= 1
            if stack[-1].left:
                break
            done = stack.pop()
            value = _CLOSERS[done.tag](done.items)
        else:
            if position != len(tokens) - 1:
                raise NotPlain("more than one value")
            return value
    raise NotPlain("a value cut short")


def _read(token: Any) -> Any:
    if type(token) is not str:
        if type(token) in (list, dict):
            raise NotPlain("a nested token")
        return token
    tag, rest = token[:1], token[1:]
    if tag == "s":
        return rest
    if tag in _PARTS:
        return _Open(tag, _PARTS[tag])
    if tag in _PER_ITEM:
        return _Open(tag, _count(rest) * _PER_ITEM[tag])
    reader = _READERS.get(tag)
    if reader is None:
        raise NotPlain("an unknown tag")
    return reader(rest)


def _read_int(text: str) -> int:
    if len(text) > 20:
        raise NotPlain("a long integer in decimal digits")
    return int(text)


def _refuse(text: str) -> NoReturn:
    raise NotPlain(f"the constant {text}")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 8):
        raise NotPlain("a container without a count")
    return int(text)


def _read_hexadecimal(text: str) -> int:
    digits = text.removeprefix("-")
    if not digits or digits.strip("0123456789abcdef"):
        raise NotPlain("not a hexadecimal integer")
    number = int(digits, 16)
    return -number if text[0] == "-" else number


def _read_float(text: str) -> float:
    if text not in ("nan", "inf", "-inf"):
        raise NotPlain("not a float that JSON lacks")
    return float(text)


def _read_decimal(text: str) -> Decimal:
    if len(text) > 10_000:
        raise NotPlain("a long decimal")
    number = Decimal(text)
    if number.is_finite() and abs(number.adjusted()) > _MAX_EXPONENT:
        raise NotPlain("a decimal with a large exponent")
    return number


def _hashable(items: list[Any]) -> list[Any]:
    """Refuses many items of one hash, which would make a set or a dict quadratic."""
    seen: dict[int, int] = {}
    for item in items:
        item_hash = hash(item)
        seen[item_hash] = count = seen.get(item_hash, 0) + 1
        if count > _MAX_SAME_HASH:
            raise NotPlain("many keys of one hash")
    return items


def _close_dict(items: list[Any]) -> dict[Any, Any]:
    return dict(zip(_hashable(items[::2]), items[1::2], strict=True))


def _close_complex(items: list[Any]) -> complex:
    real, imaginary = items
    if type(real) is not float or type(imaginary) is not float:
        raise NotPlain("a complex number of other things than floats")
    return complex(real, imaginary)


def _close_fraction(items: list[Any]) -> Fraction:
    top, bottom = items
    # Python's gcd is quadratic; the bound keeps what is decoded cheap.
    if type(top) is not int or type(bottom) is not int or bottom <= 0:
        raise NotPlain("a fraction of other things than integers")
    if max(top.bit_length(), bottom.bit_length()) > 1 << 13:
        raise NotPlain("a fraction of long integers")
    return Fraction(top, bottom)


def _close_range(items: list[Any]) -> range:
    if any(type(item) is not int for item in items):
        raise NotPlain("a range of other things than integers")
    numbers = range(*items)
    # Whoever takes it apart, as tests do with `tuple(answer)`, pays for its length.
    if (numbers.stop - numbers.start) // numbers.step > MAX_ITEMS:
        raise NotPlain(f"a range of more than {MAX_ITEMS} numbers")
    return numbers


# Set up once, since a program may replace the parts of the json module.
_scan: Final[Callable[[str, int], tuple[Any, int]]] = JSONDecoder(
    parse_int=_read_int, parse_constant=_refuse
).scan_once  # type: ignore[attr-defined]
_BAD_INPUT: Final = (
    ValueError, TypeError, ArithmeticError, RecursionError, StopIteration,
)  # fmt: skip
_PARTS: Final = {"c": 2, "r": 3, "q": 2}
_PER_ITEM: Final = {
    "l": 1, "t": 1, "S": 1, "F": 1, "e": 1, "i": 1, "K": 1, "V": 1, "d": 2, "P": 2,
}  # fmt: skip
_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "x": _read_hexadecimal,
    "f": _read_float,
    "u": lambda text: bytes.fromhex(text).decode("utf-8", "surrogatepass"),
    "b": bytes.fromhex,
    "y": bytearray.fromhex,
    "D": _read_decimal,
    "o": Opaque,
}
_CLOSERS: Final[dict[str, Callable[[list[Any]], Any]]] = {
    "l": lambda items: items,
    "t": tuple,
    "S": lambda items: set(_hashable(items)),
    "F": lambda items: frozenset(_hashable(items)),
    "e": deque,
    "i": iter,
    "d": _close_dict,
    "K": lambda items: dict.fromkeys(_hashable(items)).keys(),
    "V": lambda items: dict(enumerate(items)).values(),
    "P": lambda items: _close_dict(items).items(),
    "c": _close_complex,
    "r": _close_range,
    "q": _close_fraction,
}
