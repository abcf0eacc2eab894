"""What was used longest ago goes first."""

from __future__ import annotations

from analyzers.bounded_cache import BoundedCache, forget_all


def test_a_value_is_made_once() -> None:
    made: list[str] = []
    cache: BoundedCache[int] = BoundedCache(10)
    for _ in range(3):
        assert cache.get("ab", lambda text: made.append(text) or len(text)) == 2  # type: ignore[func-returns-value]
    assert made == ["ab"]


def test_the_oldest_goes_when_the_texts_grow_too_long() -> None:
    cache: BoundedCache[int] = BoundedCache(6)
    for text in ("aa", "bb", "cc", "aa", "dd"):
        cache.get(text, len)
    made: list[str] = []
    for text in ("aa", "bb"):
        cache.get(text, lambda text: made.append(text) or 0)  # type: ignore[func-returns-value]
    assert made == ["bb"]
    assert cache.n_chars <= 6


def test_a_text_that_is_too_long_is_answered_and_not_kept() -> None:
    cache: BoundedCache[int] = BoundedCache(3)
    assert cache.get("abcdef", len) == 6
    assert (len(cache), cache.n_chars) == (0, 0)


def test_all_caches_can_be_emptied() -> None:
    cache: BoundedCache[int] = BoundedCache(9)
    cache.get("abc", len)
    forget_all()
    assert (len(cache), cache.n_chars) == (0, 0)
