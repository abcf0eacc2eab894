"""What a user may call a model."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.errors import ModelNotFound
from codegen.store.reference import is_safe_file, parse_reference

KNOWN = ("qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b", "deepseek-coder-1.3b")


def test_a_known_name_is_that_name_even_if_a_file_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / KNOWN[0]).touch()
    monkeypatch.chdir(tmp_path)
    assert parse_reference(KNOWN[0], KNOWN).kind == "name"
    assert parse_reference(f"./{KNOWN[0]}", KNOWN).path == tmp_path / KNOWN[0]


@pytest.mark.parametrize(
    "wrong", ["qwen2.5-coder-0.5", "qwen-2.5-coder-0.5b", "QWEN2.5-Coder-0.5B"]
)
def test_a_misspelt_name_lists_the_known_ones_and_the_closest(wrong: str) -> None:
    with pytest.raises(ModelNotFound, match=r"did you mean qwen2\.5-coder-0\.5b\?") as raised:
        parse_reference(wrong, KNOWN)
    assert all(name in str(raised.value) for name in KNOWN)
    assert "\n" not in str(raised.value)


def test_a_hub_reference_has_a_repository_and_maybe_a_file() -> None:
    whole = parse_reference("hf:Owner/repo-1.0", KNOWN)
    assert (whole.kind, whole.repo, whole.file) == ("hub", "Owner/repo-1.0", None)
    one = parse_reference("hf:Owner/repo:sub/model q4.gguf", KNOWN)
    assert (one.repo, one.file) == ("Owner/repo", "sub/model q4.gguf")


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "a\0b",
        "a\nb",
        "hf:",
        "hf:owner",
        "hf:../..",
        "hf:owner/..",
        "hf:owner/repo/more",
        "hf:/etc/passwd",
        "hf:owner/repo:",
        "hf:owner/repo:../model.gguf",
        "hf:owner/repo:/etc/model.gguf",
        "hf:owner/repo:a/../../model.gguf",
        "hf:owner/repo:a\\model.gguf",
        "hf:owner/repo:pytorch_model.bin",
        "local:../x",
        "~nobody-of-that-name/model.gguf",
        "x" * 5000,
        "nonsense",
    ],
)
def test_a_bad_reference_gives_one_line(wrong: str) -> None:
    with pytest.raises(ModelNotFound) as raised:
        parse_reference(wrong, KNOWN)
    assert "\n" not in str(raised.value)
    assert "\0" not in str(raised.value)


def test_different_names_get_different_folders() -> None:
    names = ["hf:a/b", "hf:a/b:c.gguf", "hf:a/b-c.gguf", "hf:A/b", "hf:a-b/c", *KNOWN]
    slugs = [parse_reference(name, KNOWN).slug for name in names]
    assert len({slug.lower() for slug in slugs}) == len(names)


@given(st.text(max_size=40))
def test_no_text_leads_out_of_the_store(text: str) -> None:
    try:
        reference = parse_reference(text, KNOWN)
    except ModelNotFound:
        return
    assert "/" not in reference.slug
    assert "\\" not in reference.slug
    assert not reference.slug.startswith(".")


@given(st.text(alphabet="ab./\\:~ \0-", max_size=12))
def test_a_safe_file_stays_below_its_folder(name: str) -> None:
    base = Path("/base")
    if is_safe_file(name):
        assert (base / name).resolve().is_relative_to(base)
        assert (base / name).resolve() != base
