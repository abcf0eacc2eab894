"""What of a file around the cursor goes into the prompt."""

from __future__ import annotations

import itertools
import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from codegen.prompt.window import fit_prefix, fit_suffix
from codegen.tokenizer import Tokenizer, tokenizer_from_gguf
from tests import tiny_tokenizers as tiny

QWEN = tiny.qwen()
LINES = "".join(f"line {i} = print(value)\n" for i in range(4000))
TEXTS = (
    st.text(alphabet="ab \n\r\té😀(", max_size=400)
    | st.builds(lambda line, n: f"{line}\n" * n, st.text(max_size=30), st.integers(0, 60))
).map(lambda text: unicodedata.normalize("NFC", text))


def decoded(ids: list[int]) -> str:
    return b"".join(map(QWEN.token_bytes, ids)).decode()


class CountingTokenizer(Tokenizer):
    """A tokenizer that remembers how many characters it was given."""

    def __init__(self, inner: Tokenizer) -> None:
        self.n_characters = 0
        self._inner = inner

    def encode(self, text: str) -> list[int]:
        self.n_characters += len(text)
        return self._inner.encode(text)

    def encode_with_starts(self, text: str) -> tuple[list[int], list[int]]:
        self.n_characters += len(text)
        return self._inner.encode_with_starts(text)


@settings(deadline=None)
@given(TEXTS, st.integers(-1, 120))
def test_a_prefix_is_the_end_of_the_text_within_the_limit(text: str, limit: int) -> None:
    ids = fit_prefix(QWEN, text, limit)
    assert len(ids) <= max(0, limit)
    assert text.endswith(decoded(ids))
    assert QWEN.encode(decoded(ids)) == ids


@settings(deadline=None)
@given(TEXTS, st.integers(-1, 120))
def test_a_suffix_is_the_beginning_of_the_text_within_the_limit(text: str, limit: int) -> None:
    ids = fit_suffix(QWEN, text, limit)
    assert len(ids) <= max(0, limit)
    assert text.startswith(decoded(ids))
    assert QWEN.encode(decoded(ids)) == ids


@settings(deadline=None)
@given(TEXTS)
def test_what_fits_is_taken_whole(text: str) -> None:
    ids = QWEN.encode(text)
    assert fit_prefix(QWEN, text, len(ids)) == ids
    assert fit_suffix(QWEN, text, len(ids)) == ids


@settings(deadline=None)
@given(st.integers(0, len(LINES)), st.integers(60, 600))
def test_cuts_lie_at_line_borders_where_one_is_inside(cursor: int, limit: int) -> None:
    prefix = decoded(fit_prefix(QWEN, LINES[:cursor], limit))
    begin = cursor - len(prefix)
    assert begin == 0 or LINES[begin - 1] == "\n"
    suffix = decoded(fit_suffix(QWEN, LINES[cursor:], limit))
    assert cursor + len(suffix) == len(LINES) or suffix.endswith("\n")


def test_most_of_the_budget_is_used() -> None:
    assert len(fit_prefix(QWEN, LINES, 1000)) > 600
    assert len(fit_suffix(QWEN, LINES, 1000)) > 950


def test_a_short_line_behind_a_giant_one_starts_the_prefix() -> None:
    text = "x" * 100_000 + "\nshort = 1\nab"
    assert decoded(fit_prefix(QWEN, text, 50)) == "short = 1\nab"


def test_a_giant_line_is_taken_whole_where_it_fits() -> None:
    """Though the first line start behind the border of a block comes only after it."""
    giant = "y" * 700
    text = "x = 1\n" * 499 + f"{giant}\n" + "z\n" * 20
    assert giant in decoded(fit_prefix(QWEN, text, 1000))


def test_a_line_longer_than_the_budget_is_cut_inside() -> None:
    text = "x" * 100_000
    assert 750 <= len(fit_prefix(QWEN, text, 1000)) <= 1000
    assert len(fit_suffix(QWEN, text, 1000)) == 1000


def test_a_cut_never_splits_a_character() -> None:
    text = "\U0001f600" * 500
    for limit in range(12):
        assert decoded(fit_prefix(QWEN, text, limit)) == text[: limit // 4]
        assert decoded(fit_suffix(QWEN, text, limit)) == text[: limit // 4]


def test_line_ends_are_encoded_as_given() -> None:
    text = "a\r\nb\r\n"
    assert decoded(fit_prefix(QWEN, text, 10)) == text
    assert decoded(fit_suffix(QWEN, text, 10)) == text
    assert decoded(fit_prefix(QWEN, "x" * 50 + "\r\n" + text, 9)).endswith("b\r\n")


@settings(deadline=None, max_examples=25)
@given(st.integers(5000, 60_000), st.integers(0, 2000), st.sampled_from([200, 700, 1536]))
@example(27_627, 0, 200).via("a line that has more tokens than a third of its characters")
def test_typing_forty_characters_moves_the_beginning_at_most_twice(
    cursor: int, typed: int, limit: int
) -> None:
    """And all but the last few tokens stay: a prefix cache can hit at every keystroke.

    Twice, because a keystroke can also merge two tokens into one and so undo one move.
    """
    prompts = [
        fit_prefix(QWEN, LINES[:cursor] + LINES[typed : typed + n], limit) for n in range(41)
    ]
    moves = 0
    for before, after in itertools.pairwise(prompts):
        common = next(
            (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
            min(len(before), len(after)),
        )
        moves += common < len(before) - 8
    assert moves <= 2


def test_typing_inside_a_giant_line_keeps_the_beginning() -> None:
    text = "x" * 50_000
    lengths = [len(fit_prefix(QWEN, text + "y" * n, 1000)) for n in range(100)]
    grown = [after - before for before, after in itertools.pairwise(lengths)]
    assert grown.count(1) >= 98


def test_typing_a_short_word_moves_nothing() -> None:
    """Though the number of its tokens goes up and down as they merge."""
    word = "print(print, print)"
    assert len(QWEN.encode(word[:4])) < len(QWEN.encode(word[:3]))
    for limit in range(400, 500):
        prompts = [fit_prefix(QWEN, LINES[:24_000] + "\n" + word[:n], limit) for n in range(20)]
        assert len({tuple(prompt[:40]) for prompt in prompts}) == 1


def test_only_a_window_of_a_long_file_is_encoded() -> None:
    counting = CountingTokenizer(QWEN)
    text = LINES * 20
    fit_prefix(counting, text, 1000)
    fit_suffix(counting, text, 1000)
    assert counting.n_characters < 40_000 < len(text)


def test_a_desert_of_spaces_is_not_read_to_its_end() -> None:
    """The tokenizer has words of up to 64 spaces, so 64,000 would fit."""
    words, merges = tiny.words_and_merges()
    for n in (4, 8, 16, 32):
        merges.append(f"{'Ġ' * n} {'Ġ' * n}")
        words["Ġ" * 2 * n] = len(words)
    metadata = tiny.gguf_metadata() | {
        "tokenizer.ggml.tokens": list(words),
        "tokenizer.ggml.token_type": [1] * len(words),
        "tokenizer.ggml.merges": merges,
    }
    counting = CountingTokenizer(tokenizer_from_gguf(metadata))
    desert = " " * 1_000_000
    for ids in (fit_prefix(counting, desert, 1000), fit_suffix(counting, desert, 1000)):
        assert 200 < len(ids) < 1000
    assert counting.n_characters < 150_000
