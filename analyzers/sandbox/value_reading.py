"""Reads plain values back; `analyzers.sandbox.values` says how they are written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from json import JSONDecoder
from typing import Any, Final, NoReturn

from analyzers.sandbox.plain import MAX_DEPTH, MAX_EXPONENT, MAX_ITEMS, NotPlain, Opaque

_MAX_SAME_HASH: Final = 32


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
    if number.is_finite() and abs(number.adjusted()) > MAX_EXPONENT:
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
