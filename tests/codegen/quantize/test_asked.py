"""Prompts and answers that calibration reads."""

from __future__ import annotations

import random
from itertools import islice, pairwise
from pathlib import Path

import pytest

from codegen.engine import Chat, Infill
from codegen.errors import LeadsmanError
from codegen.prompt.builder import PromptBuilder
from codegen.prompt.family import detect_family
from codegen.quantize.asked import Asked, Function, functions_of
from codegen.tokenizer import Tokenizer, tokenizer_from_hf
from tests import tiny_models
from tests.scripted_engine import ScriptedEngine

MODULE = '''"""A module."""

def short():
    """Says nothing."""

def asked(a, b):
    """Adds."""
{body}
    return a + b

def bare():
{body}
'''
BODY = "\n".join(f"    x{i} = a * {i}" for i in range(10))


@pytest.fixture
def tokenizer(tmp_path: Path) -> Tokenizer:
    tiny_models.write_tokenizer(tmp_path, tiny_models.QWEN_MARKERS)
    return tokenizer_from_hf(tmp_path)


@pytest.fixture
def asked(tokenizer: Tokenizer) -> Asked:
    prompts = PromptBuilder(detect_family("qwen2", tokenizer), tokenizer)
    return Asked(prompts, tokenizer, tokenizer.special_id("<|endoftext|>"))


def text_of(tokenizer: Tokenizer, ids: list[int]) -> str:
    return b"".join(tokenizer.token_bytes(i) for i in ids).decode()


def test_functions_with_a_docstring_and_a_body_are_found(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(MODULE.format(body=BODY), encoding="utf-8")
    (found,) = functions_of([path], random.Random(1))
    assert found.head == 'def asked(a, b):\n    """Adds."""'
    assert found.body == f"{BODY}\n    return a + b"


def test_a_hole_is_filled_behind_its_prompt_and_nothing_is_lost(
    asked: Asked, tokenizer: Tokenizer
) -> None:
    function = Function('def asked(a, b):\n    """Adds."""', f"{BODY}\n    return a + b")
    whole = f"{function.head}\n{function.body}\n"
    names = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|endoftext|>")
    markers = [tokenizer.special_id(name) for name in names]
    starts = set()
    for ids in asked.holes([function] * 40, random.Random(4)):
        at = [ids.index(marker) for marker in markers if marker is not None]
        assert at == sorted(at)
        assert (at[0], at[3]) == (0, len(ids) - 1)
        before, behind, inside = (text_of(tokenizer, ids[a + 1 : b]) for a, b in pairwise(at))
        assert before + inside + behind == whole
        assert before.startswith(function.head)
        assert inside
        starts.add(len(before))
    assert len(starts) > 20


def test_an_answer_stands_behind_its_question(asked: Asked, tokenizer: Tokenizer) -> None:
    function = Function('def f():\n    """Doc."""', "    return 1")
    (ids,) = islice(asked.answers([function]), 1)
    turn, end = tokenizer.special_id("<|im_start|>"), tokenizer.special_id("<|endoftext|>")
    assert turn is not None
    assert ids.count(turn) == 3
    assert ids[-1] == end
    last = len(ids) - 1 - ids[::-1].index(turn)
    answer = text_of(tokenizer, ids[last + 1 : -1])
    assert answer == f"assistant\n```python\n{function.head}\n{function.body}\n```"


def test_what_an_engine_writes_stands_behind_what_it_was_asked(
    asked: Asked, tokenizer: Tokenizer
) -> None:
    function = Function('def asked(a, b):\n    """Adds."""', f"{BODY}\n    return a + b")
    engine = ScriptedEngine(
        lambda request: ["wri", "tten"] if isinstance(request.prompt, Chat) else ["filled"]
    )
    texts = list(asked.written([function] * 100, random.Random(4), engine))
    assert len(texts) == len(engine.requests) == 200
    turn, hole, end = (
        tokenizer.special_id(name) for name in ("<|im_start|>", "<|fim_middle|>", "<|endoftext|>")
    )
    assert turn is not None
    assert hole is not None
    for request, ids in zip(engine.requests, texts, strict=True):
        assert ids[-1] == end
        if isinstance(request.prompt, Chat):
            last = len(ids) - 1 - ids[::-1].index(turn)
            assert text_of(tokenizer, ids[last + 1 : -1]) == "assistant\nwritten"
        else:
            assert isinstance(request.prompt, Infill)
            inside = text_of(tokenizer, ids[ids.index(hole) + 1 : -1])
            assert inside.endswith("filled")
            # What the prompt leaves out for the model to spell again stands before its text.
            assert request.prompt.prefix.endswith(inside.removesuffix("filled"))


def test_an_engine_that_fails_is_an_error(asked: Asked) -> None:
    function = Function('def f():\n    """Doc."""', "    return 1")
    engine = ScriptedEngine(lambda request: RuntimeError("broken"))
    with pytest.raises(LeadsmanError, match="wrote no texts"):
        list(asked.written([function], random.Random(4), engine))
