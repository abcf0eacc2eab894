"""Vocabularies that are not byte-level, read as ours are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, trainers

from codegen.engine import Budget, Chat, Continuation, Infill, Message
from codegen.errors import ModelFileError, PromptError
from codegen.foreign.prompts import ForeignPrompts
from codegen.foreign.tokenizer import foreign_tokenizer

CORPUS = ["def add(a, b):\n    return a + b\n", "für i in range(10):\n"] * 4
MARKERS = ("<s>", "</s>", "▁<PRE>", "▁<SUF>", "▁<MID>")


def write_pieces(folder: Path) -> None:
    """A vocabulary of the sentencepiece kind, with bytes for what it has no piece for."""
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    base = Tokenizer(models.BPE(byte_fallback=True))
    base.normalizer = normalizers.Replace(" ", "▁")
    base.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=bytes_, show_progress=False)
    base.train_from_iterator(CORPUS, trainer)
    base.add_tokens([AddedToken(each, special=True, normalized=False) for each in MARKERS])
    spec = json.loads(base.to_str())
    # The trainer calls the bytes special; published files do not.
    spec["added_tokens"] = [each for each in spec["added_tokens"] if each["content"] in MARKERS]
    (folder / "tokenizer.json").write_text(json.dumps(spec), encoding="utf-8")


def test_text_comes_back_and_markers_lie_outside_it(tmp_path: Path) -> None:
    write_pieces(tmp_path)
    tokenizer = foreign_tokenizer(tmp_path)
    for text in ("def add(a, b):\n    return", "für 漢\t", "</s> <0x41>"):
        ids = tokenizer.encode(text)
        assert b"".join(map(tokenizer.token_bytes, ids)).decode() == text
        assert not any(tokenizer.is_special(i) for i in ids)
    assert [tokenizer.special_id(marker) is not None for marker in MARKERS] == [True] * 5
    assert tokenizer.token_bytes(1 << 20) == b""


def test_prompts_use_the_markers_that_are_there(tmp_path: Path) -> None:
    write_pieces(tmp_path)
    tokenizer = foreign_tokenizer(tmp_path)
    before, between, behind = (tokenizer.special_id(marker) for marker in MARKERS[2:])
    bos, eos = tokenizer.special_id("<s>"), tokenizer.special_id("</s>")
    assert bos is not None
    assert eos is not None
    prompts = ForeignPrompts(tokenizer, bos, [eos])
    assert prompts.fills_holes
    built = prompts.build(Infill("def add", "return"), Budget(), 100)
    assert built.token_ids[:2] == (bos, before)
    assert built.token_ids[-1] == behind
    assert between in built.token_ids
    assert {eos, before} <= built.stop_ids
    chat = prompts.build(Chat((Message("user", "add"),)), Budget(), 200)
    text = b"".join(map(tokenizer.token_bytes, chat.token_ids)).decode()
    assert text == "### Instruction:\nadd\n### Response:\n"
    short = prompts.build(Infill("a = 1\n" * 200, "b = 2\n" * 200), Budget(), 60)
    assert len(short.token_ids) <= 60
    for prompt, room in ((Continuation("x " * 100), 20), (Infill("a", "b"), 3)):
        with pytest.raises(PromptError):
            prompts.build(prompt, Budget(), room)


def test_a_file_that_is_no_tokenizer_is_refused(tmp_path: Path) -> None:
    write_pieces(tmp_path)
    text = (tmp_path / "tokenizer.json").read_text().replace('"vocab"', '"words"')
    (tmp_path / "tokenizer.json").write_text(text)
    with pytest.raises(ModelFileError):
        foreign_tokenizer(tmp_path)
