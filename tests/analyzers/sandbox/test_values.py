"""The codec: what goes in comes out, and bytes from a hostile program do no harm."""

from __future__ import annotations

import enum
import json
import math
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.sandbox import value_writing
from analyzers.sandbox.plain import MAX_ITEMS
from analyzers.sandbox.values import NotPlain, Opaque, decode, encode

_SURROGATES = st.text(st.characters(), max_size=20)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(2**300), max_value=2**300),
    st.floats(),
    st.complex_numbers(),
    _SURROGATES,
    st.binary(max_size=20),
    st.fractions(),
    st.builds(range, st.integers(), st.integers(), st.integers(min_value=1)).filter(
        lambda numbers: (numbers.stop - numbers.start) // numbers.step <= MAX_ITEMS
    ),
)
_HASHABLE = st.recursive(
    _SCALARS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=4), max_leaves=8
)
_VALUES = st.recursive(
    _HASHABLE,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.tuples(inner)
        | st.sets(_HASHABLE, max_size=5)
        | st.dictionaries(_HASHABLE, inner, max_size=5)
    ),
    max_leaves=30,
)


def shape(value: Any) -> Any:
    """The value as text that tells apart what equality does not: types, order, -0.0 and nan."""
    kind = type(value)
    if kind in (list, tuple):
        return kind.__name__, [shape(item) for item in value]
    if kind in (set, frozenset):
        return kind.__name__, sorted(repr(shape(item)) for item in value)
    if kind is dict:
        return "dict", [(shape(key), shape(item)) for key, item in value.items()]
    return kind.__name__, None if hasattr(kind, "__next__") else repr(value)


@given(_VALUES)
def test_a_plain_value_returns_with_its_types_and_its_order(value: Any) -> None:
    """For every mixture of the kinds."""
    assert shape(decode(encode(value))) == shape(value)


@pytest.mark.parametrize(
    "value",
    [
        -0.0, math.inf, -math.inf, math.nan, complex(-0.0, math.nan), "\ud83d\ude00", "\udc80",
        "😀", 2**53, -(2**53), 2**64, True, {1: 1, "1": 2}, b"\xff", bytearray(b"ab"),
        Decimal("1.50"), Decimal("NaN"), Decimal("-Infinity"), Fraction(1, 3),
        {1: 2}.keys(), {1: [2]}.items(), [[]], (), set(), frozenset({frozenset()}), {},
    ],
)  # fmt: skip
def test_the_special_ones_survive(value: Any) -> None:
    """Those that JSON has no word for."""
    assert shape(decode(encode(value))) == shape(value)


class _Shout(str):
    def __str__(self) -> str:
        return "never asked"


class _Level(enum.IntEnum):
    LOW = 3


def test_subclasses_become_their_base_types() -> None:
    """Read through the base type's methods, not through what the class overrides."""
    point = namedtuple("point", "x y")
    pairs: defaultdict[str, int] = defaultdict(int, {"a": 1})
    mixed = [Counter("aab"), OrderedDict(b=1, a=2), pairs, point(1, 2), _Level.LOW, _Shout("a")]
    assert shape(decode(encode(mixed))) == shape(
        [{"a": 2, "b": 1}, {"b": 1, "a": 2}, {"a": 1}, (1, 2), 3, "a"]
    )


def test_iterators_come_back_as_iterators() -> None:
    """With the items that were left in them."""
    for source in (iter([1, 2]), (x for x in (1, 2)), map(int, "12"), reversed([2, 1])):
        answer = decode(encode(source))
        assert next(answer) == 1
        assert list(answer) == [2]
    assert list(decode(encode({1: 2}.values()))) == [2]


def test_anything_else_equals_nothing() -> None:
    """A class, a function, a module, an object whose equality lies."""

    class Same:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

    for thing in (Same(), Same, len, json, object()):
        answer = decode(encode(thing))
        assert isinstance(answer, Opaque)
        assert answer != answer
        assert not answer == answer  # noqa: SIM201
        assert [answer] != [thing]
    assert repr(decode(encode(Same()))) == "<Same object>"


def test_a_large_integer_takes_no_quadratic_time() -> None:
    """A million digits; decimal conversion refuses them for good reason."""
    number = 7**1_200_000
    assert decode(encode(number)) == number


@pytest.mark.parametrize(
    ("value", "words"),
    [("x" * 2000, "bytes"), (["é" * 100] * 20, "bytes"), (1 << 20_000, "bytes")],
    ids=["text", "texts", "integer"],
)
def test_what_is_too_large_is_not_written(value: object, words: str) -> None:
    """The bound is on the bytes, whatever they are for."""
    with pytest.raises(NotPlain, match=words):
        encode(value, max_bytes=1000)


def test_bounds_on_nesting_on_parts_and_on_iterators_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the bound it works, beyond it not."""
    monkeypatch.setattr(value_writing, "MAX_ITEMS", 50)
    monkeypatch.setattr(value_writing, "MAX_ITERATOR_ITEMS", 10)
    deep: list[Any] = []
    for _ in range(1000):
        deep = [deep]
    encode([0] * 49)
    encode(iter([0] * 10))
    for value, words in (
        ([0] * 50, "parts"),
        (iter([0] * 11), "iterator"),
        (iter(int, 1), "iterator"),
        (deep, "parts|nested"),
    ):
        with pytest.raises(NotPlain, match=words):
            encode(value)


def test_deep_values_need_no_stack() -> None:
    """A depth at which recursion would already fail."""
    deep: list[Any] = []
    for _ in range(999):
        deep = [deep]
    answer = decode(encode(deep))
    for _ in range(999):
        (answer,) = answer
    assert answer == []
    with pytest.raises(NotPlain, match="nested"):
        encode([[deep]])
    with pytest.raises(NotPlain, match="nested"):
        decode(json.dumps(["l1"] * 5000 + [0]).encode())


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_arbitrary_bytes_are_refused_in_one_way(data: bytes) -> None:
    """Either they are a value or NotPlain says that they are none."""
    try:
        value = decode(data)
    except NotPlain:
        return
    assert shape(decode(encode(value))) == shape(value)


_TOKENS: st.SearchStrategy[list[Any]] = st.lists(
    st.sampled_from(["l1", "l2", "t2", "S1", "F2", "d1", "K1", "V2", "P1", "i1", "c", "r", "q", "f",
                     "fnan", "x", "x-", "x1", "xg", "u", "ud8", "b0", "y00", "D", "D1e9999999", "o",
                     "l-1", "l99999999", "z", "", 0, 1.5, None, True, [], {}]),
    max_size=12,
)  # fmt: skip


@given(_TOKENS)
def test_arbitrary_tokens_are_refused_in_one_way(tokens: list[Any]) -> None:
    """Counts without items, numbers without digits, keys that cannot be hashed."""
    try:
        value = decode(json.dumps(tokens).encode())
    except NotPlain:
        return
    assert shape(decode(encode(value))) == shape(value)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}", b"1", b"[1,2]", b"[1]x", b"[NaN]", b"[-Infinity]", b'["l2",1]', b"\xff",
        b'["f1e5"]', b'["D1e500"]', b'["q",1,0]', b'["q",1,-2]', b'["c",1,2]', b'["r",1,2,0]',
        b'["S1","l0"]', b'["d1","l0",1]', b"[" * 100_000, b"[1" + b"0" * 5000 + b"]",
    ],
)  # fmt: skip
def test_malformed_bytes_are_refused(data: bytes) -> None:
    """Each for its own reason, all as NotPlain."""
    with pytest.raises(NotPlain):
        decode(data)


def test_keys_chosen_to_collide_are_refused() -> None:
    """One hash for all of them would make the receiver's work quadratic."""
    colliding = [key * (2**61 - 1) for key in range(1, 60)]
    for tag in ("S", "F", "K"):
        tokens = [f"{tag}{len(colliding)}", *(f"x{key:x}" for key in colliding)]
        with pytest.raises(NotPlain, match="hash"):
            decode(json.dumps(tokens).encode())


def test_a_deque_stays_one_and_a_long_range_is_refused() -> None:
    back = decode(encode([deque([1, [2]], maxlen=5), range(10, 0, -3)]))
    assert back == [deque([1, [2]]), range(10, 0, -3)]
    for numbers in (range(MAX_ITEMS + 1), range(0, -(10**30), -1)):
        with pytest.raises(NotPlain, match="range"):
            decode(encode(numbers))
