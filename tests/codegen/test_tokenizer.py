"""Text to ids and back, on small vocabularies built like the published ones."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.errors import ModelFileError, UnsupportedModel
from codegen.loading.gguf import read_gguf
from codegen.store.model import StoredModel
from codegen.tokenizer import Tokenizer, tokenizer_from_gguf, tokenizer_from_hf
from codegen.tokenizer_vocabulary import MAX_TOKENS, is_marker
from tests import tiny_tokenizers as tiny

QWEN = tiny.qwen()
# Behind 256 bytes and ten merged words.
MARKER_IDS = {marker: 256 + 10 + i for i, marker in enumerate(tiny.QWEN_MARKERS)}


def decoded(tokenizer: Tokenizer, ids: list[int]) -> str:
    return b"".join(map(tokenizer.token_bytes, ids)).decode()


@settings(deadline=None)
@given(st.text())
def test_encoding_and_decoding_gives_the_normalized_text_back(text: str) -> None:
    """Surrogates are not in `st.text()`'s default alphabet; their test is below."""
    assert decoded(QWEN, QWEN.encode(text)) == unicodedata.normalize("NFC", text)


@settings(deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=0, max_codepoint=0xE000, categories=["Cs"])))
def test_lone_surrogates_become_replacement_characters(text: str) -> None:
    assert decoded(QWEN, QWEN.encode("a" + text)) == "a" + "\ufffd" * len(text)


@pytest.mark.parametrize("text", ["", "\0", "a\0b", "x" * 1_000_000, "\r\n\r\n\t"])
def test_odd_texts_survive(text: str) -> None:
    assert decoded(QWEN, QWEN.encode(text)) == text


@pytest.mark.parametrize("marker", tiny.QWEN_MARKERS)
def test_the_spelling_of_a_marker_is_text(marker: str) -> None:
    ids = QWEN.encode(f"a{marker}b")
    assert not any(map(QWEN.is_special, ids))
    assert decoded(QWEN, ids) == f"a{marker}b"


def test_markers_have_ids_and_no_bytes() -> None:
    for marker, token_id in MARKER_IDS.items():
        assert QWEN.special_id(marker) == token_id
        assert QWEN.is_special(token_id)
        assert QWEN.token_bytes(token_id) == b""
    assert QWEN.special_id("def") is None
    assert not QWEN.is_special(QWEN.encode("def")[0])


def test_ids_outside_the_vocabulary_have_no_bytes() -> None:
    assert QWEN.n_tokens == 275
    assert [QWEN.token_bytes(i) for i in (-1, QWEN.n_tokens, 10**12)] == [b"", b"", b""]
    assert not QWEN.is_special(QWEN.n_tokens)


def test_merges_apply_in_their_order() -> None:
    """Qwen's rules give the last space to the word, where no merge joins it."""
    pieces = [QWEN.token_bytes(i) for i in QWEN.encode("    print")]
    assert pieces == [b"  ", b" ", b" ", b"print"]


def test_offsets_name_the_character_that_a_token_begins_in() -> None:
    text = "def \U0001f600\ud800e\u0301x"
    ids, starts = QWEN.encode_with_starts(text)
    assert ids == QWEN.encode(text)
    # "def", the space, four bytes of the face, three of U+FFFD, two of the composed é, and x.
    assert starts == [0, 3, 4, 4, 4, 4, 5, 5, 5, 6, 6, 8]


@pytest.mark.parametrize(
    ("content", "flagged", "expected"),
    [
        ("<|endoftext|>", True, True),
        ("[PAD7]", True, True),
        ("<｜fim▁begin｜>", False, True),
        ("<|User|>", False, True),
        ("<pad>", False, True),
        ("</tool_call>", False, True),
        ("õ", False, False),
        ("<", False, False),
        ("<>", False, False),
        ("< a >", False, False),
        ("a<b>", False, False),
    ],
)
def test_a_marker_is_flagged_or_in_angle_brackets(
    content: str, flagged: bool, expected: bool
) -> None:
    assert is_marker(content, flagged) is expected


def test_deepseek_markers_count_though_their_file_calls_them_ordinary(tmp_path: Path) -> None:
    tokenizer = tiny.deepseek_v1(tmp_path)
    for marker, token_id in tiny.DEEPSEEK_V1_MARKERS.items():
        assert tokenizer.special_id(marker) == token_id
        assert not any(map(tokenizer.is_special, tokenizer.encode(marker)))
    assert tokenizer.n_tokens == 32022


def test_a_marker_in_the_list_of_words_cannot_be_spelled_either(tmp_path: Path) -> None:
    """Some files list their markers twice, and `ignore_merges` looks whole words up."""
    spec: dict[str, Any] = tiny.hf_spec("gpt-2", {"<|EOT|>": 300}, {})
    spec["pre_tokenizer"]["pretokenizers"] = spec["pre_tokenizer"]["pretokenizers"][-1:]
    spec["model"] |= {"ignore_merges": True}
    spec["model"]["vocab"] |= {"<|EOT|>": 300, "print<": 301}
    tokenizer = tokenizer_from_hf(tiny.write_spec(tmp_path, spec))
    assert tokenizer.encode("print<") == [301]
    assert 300 not in tokenizer.encode("<|EOT|>")
    assert tokenizer.token_bytes(300) == b""


def test_added_characters_that_are_no_markers_encode_as_published(tmp_path: Path) -> None:
    tokenizer = tiny.deepseek_v1(tmp_path)
    spec = json.loads((tmp_path / "tokenizer.json").read_bytes()) | {"truncation": None}
    vocab = spec["model"]["vocab"]
    # `tokenizers` numbers added tokens from the size of the vocabulary on, so that has to be real.
    vocab |= {f"filler {i}": i for i in range(len(vocab), 32000)}
    published = tokenizers.Tokenizer.from_str(json.dumps(spec))
    text = "def ação(põe): return 'ü÷ö' # ÿ Ã õ"
    ids = tokenizer.encode(text)
    assert ids == published.encode(text, add_special_tokens=False).ids
    assert {32000, 32001, 32005, 32009, 32011} <= set(ids)
    assert decoded(tokenizer, ids) == text


def test_a_gguf_file_keeps_user_defined_characters_as_text() -> None:
    words, merges = tiny.words_and_merges(without="õ")
    metadata = tiny.gguf_metadata() | {
        "tokenizer.ggml.tokens": [*words, "õ", "<｜fim▁begin｜>", "[PAD]"],
        "tokenizer.ggml.token_type": [1] * len(words) + [4, 4, 5],
        "tokenizer.ggml.merges": merges,
    }
    tokenizer = tokenizer_from_gguf(metadata)
    assert tokenizer.encode("aõ") == [words["a"], len(words)]
    assert tokenizer.token_bytes(len(words)) == "õ".encode()
    assert [tokenizer.is_special(len(words) + i) for i in range(3)] == [False, True, True]


def test_truncation_in_a_publishers_file_does_not_truncate(tmp_path: Path) -> None:
    assert len(tiny.deepseek_v2(tmp_path).encode("a b c d e f g")) > 4


def test_numpy_arrays_in_a_gguf_header_are_read() -> None:
    metadata = tiny.gguf_metadata()
    arrays = {k: np.array(v) if isinstance(v, list) else v for k, v in metadata.items()}
    assert tokenizer_from_gguf(arrays).encode("def print") == QWEN.encode("def print")


@pytest.mark.parametrize(
    ("pre", "pieces"),
    [
        ("qwen2", "it 's ␣ 1 2 3 ↵↵ ␣ ␣x"),
        ("gpt-2", "it 's ␣123 ↵↵␣ ␣x"),
        ("deepseek-coder", "a _ b ␣ 1 2 ↵ ↵ ⇥x = 1"),
        ("deepseek-coder", "x ␣= ␣ 上海 a 가"),
        # Its punctuation runs from ":" to "~" and so tears ASCII letters off again.
        ("deepseek-llm", "a _ b ␣ 1 2 ↵ ⇥K Ä → z"),
        ("deepseek-llm", "x ␣= ␣ 上海 a 가"),
    ],
)
def test_each_family_cuts_words_its_own_way(pre: str, pieces: str) -> None:
    white = {ord("␣"): " ", ord("↵"): "\n", ord("⇥"): "\t"}
    words = [word.translate(white) for word in pieces.split(" ")]
    text = "".join(words)
    splitter = tokenizers.Tokenizer.from_str(
        json.dumps(tiny.hf_spec(pre, {}, {}) | {"truncation": None})
    ).pre_tokenizer
    assert splitter is not None
    spans = [span for _, span in splitter.pre_tokenize_str(text)]
    assert [text[start:end] for start, end in spans] == words


def test_only_qwen_composes_characters(tmp_path: Path) -> None:
    assert decoded(QWEN, QWEN.encode("e\u0301")) == "é"
    deepseek = tiny.deepseek_v2(tmp_path)
    assert decoded(deepseek, deepseek.encode("e\u0301")) == "e\u0301"


def test_a_saved_tokenizer_loads_the_same(tmp_path: Path) -> None:
    original = tiny.deepseek_v1(tmp_path)
    original.save(tmp_path)
    loaded = Tokenizer.load(tmp_path)
    text = "def f(õ): # <|EOT|>\n    print(1)\n"
    assert loaded.encode(text) == original.encode(text)
    assert loaded.n_tokens == original.n_tokens
    for i in [*range(300), *range(32000, 32030)]:
        assert loaded.token_bytes(i) == original.token_bytes(i)
        assert loaded.is_special(i) == original.is_special(i)
    assert loaded.special_id("<|EOT|>") == 32021


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "tokenizer_bpe.json").write_text("{"),
        lambda folder: (folder / "tokenizer_bpe.json").unlink(),
        lambda folder: (folder / "tokenizer_added.json").write_text("[]"),
        lambda folder: (folder / "tokenizer_added.json").write_text('{"format": 99}'),
        lambda folder: (folder / "tokenizer_added.json").write_bytes(b"\xff"),
    ],
)
def test_damaged_saved_files_are_refused_in_one_line(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    QWEN.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(ModelFileError, match="pull the model again") as caught:
        Tokenizer.load(tmp_path)
    assert "\n" not in str(caught.value)


TOKENS, TYPES, MERGES = (f"tokenizer.ggml.{key}" for key in ("tokens", "token_type", "merges"))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"tokenizer.ggml.model": "llama"}, UnsupportedModel, "'llama'"),
        ({"tokenizer.ggml.pre": "tekken"}, UnsupportedModel, "'tekken'"),
        ({TOKENS: None}, ModelFileError, "no tokenizer.ggml.tokens"),
        ({TYPES: [1]}, ModelFileError, "1 entries for 275"),
        ({TYPES: [9] * 275}, ModelFileError, "9"),
        ({MERGES: None}, ModelFileError, "no tokenizer.ggml.merges"),
        ({MERGES: ["de"]}, ModelFileError, "'de'"),
        ({MERGES: ["q q"]}, ModelFileError, "'qq' is not in the vocabulary"),
        ({TOKENS: ["a"] * 275}, ModelFileError, "'a' twice"),
        ({TOKENS: ["a"], TYPES: [1], MERGES: []}, ModelFileError, "cannot spell 242"),
        ({TOKENS: [], TYPES: [], MERGES: []}, ModelFileError, "cannot spell 243"),
        ({MERGES: ["a b"] * (MAX_TOKENS + 1)}, ModelFileError, "more than the limit"),
    ],
)
def test_hostile_gguf_headers_are_refused_in_one_line(
    change: dict[str, object], error: type[ModelFileError], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        tokenizer_from_gguf(tiny.gguf_metadata() | change)
    assert "\n" not in str(caught.value)


def _model(**change: object) -> Callable[[dict[str, Any]], object]:
    return lambda spec: spec["model"].update(change)


def _added(*tokens: object) -> Callable[[dict[str, Any]], object]:
    return lambda spec: spec.update(added_tokens=list(tokens))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (_model(type="Unigram"), UnsupportedModel, "byte-level BPE"),
        (_model(byte_fallback=True), UnsupportedModel, "byte-level BPE"),
        (lambda spec: spec.update(pre_tokenizer=None), UnsupportedModel, "byte-level BPE"),
        (lambda spec: spec.pop("model"), ModelFileError, "no 'model'"),
        (lambda spec: spec["model"].pop("merges"), ModelFileError, "no 'merges'"),
        (lambda spec: spec["model"].pop("vocab"), ModelFileError, "no 'vocab'"),
        (_model(merges=["a"]), ModelFileError, "two parts"),
        (_model(merges=[["a", 1]]), ModelFileError, "two parts"),
        (_model(merges=[["q", "x"]]), ModelFileError, "'qx' is not in the vocabulary"),
        (lambda spec: spec["model"]["vocab"].update(zz=0), ModelFileError, "id 0 to both"),
        (lambda spec: spec["model"]["vocab"].update(zz=-1), ModelFileError, "id -1"),
        (lambda spec: spec["model"]["vocab"].update(zz=True), ModelFileError, "no token id"),
        (lambda spec: spec["model"]["vocab"].update(zz=10**18), ModelFileError, "limit"),
        (_added("x"), ModelFileError, "no object"),
        (_added({"id": 300}), ModelFileError, "no content"),
        (_added({"id": 300, "content": "a"}), ModelFileError, "two ids"),
        (_added({"id": 5, "content": "<x>"}), ModelFileError, "id 5 to both"),
        (lambda spec: spec.update(normalizer="NFC"), ModelFileError, "normalizer"),
        (lambda spec: spec.update(normalizer={"type": "?"}), ModelFileError, "cannot be built"),
    ],
)
def test_hostile_tokenizer_files_are_refused_in_one_line(
    tmp_path: Path,
    change: Callable[[dict[str, Any]], object],
    error: type[ModelFileError],
    message: str,
) -> None:
    spec = tiny.hf_spec("deepseek-llm", {}, {})
    change(spec)
    with pytest.raises(error, match=message) as caught:
        tokenizer_from_hf(tiny.write_spec(tmp_path, spec))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_files_that_are_no_json_object_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(ModelFileError, match="get the file again"):
        tokenizer_from_hf(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"tokenizer\.json is missing"):
        tokenizer_from_hf(tmp_path)


def test_tokens_that_only_the_config_names_are_added(tmp_path: Path) -> None:
    tiny.write_spec(tmp_path, tiny.hf_spec("deepseek-llm", {}, {}))
    config = {"added_tokens_decoder": {"300": {"content": "<|late|>", "special": False}}}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    tokenizer = tokenizer_from_hf(tmp_path)
    assert tokenizer.special_id("<|late|>") == 300
    assert tokenizer.n_tokens == 301


@pytest.mark.model
def test_the_real_vocabulary_encodes_as_published(default_model: StoredModel) -> None:
    """Ids as transformers gives them on the same file."""
    tokenizer = tokenizer_from_gguf(read_gguf(default_model.path).metadata)
    assert tokenizer.n_tokens == 151936
    assert tokenizer.encode("def add(a, b):\n    return ") == [
        750, 912, 2877, 11, 293, 982, 262, 470, 220,
    ]  # fmt: skip
    assert [tokenizer.special_id(m) for m in ("<|fim_prefix|>", "<|im_end|>")] == [151659, 151645]
    assert tokenizer.encode("<|im_end|>") != [151645]
    text = "naïve = '上海'  # \U0001f600\r\n\tx1234 = ~y\n"
    assert decoded(tokenizer, tokenizer.encode(text)) == text
