"""Agreeing to licences that restrict use."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.errors import LicenseNotAccepted
from codegen.store.catalog import APACHE_2, DEEPSEEK, Licence
from codegen.store.licences import agree, hub_licence


class Answer:
    """Answers every question alike and counts them."""

    def __init__(self, yes: bool) -> None:
        self.yes = yes
        self.texts: list[str] = []

    def __call__(self, name: str, text: str) -> bool:
        self.texts.append(text)
        return self.yes


def test_a_free_licence_is_not_asked_for(tmp_path: Path) -> None:
    answer = Answer(yes=False)
    agree(tmp_path / "home", "qwen", APACHE_2, answer)
    assert answer.texts == []
    assert not (tmp_path / "home").exists()


def test_a_restricted_one_is_shown_and_asked_for_once(tmp_path: Path) -> None:
    answer = Answer(yes=True)
    for _ in range(2):
        agree(tmp_path / "home", "deepseek", DEEPSEEK, answer)
    (text,) = answer.texts
    assert DEEPSEEK.name in text
    assert DEEPSEEK.url in text
    assert "restrict" in text


def test_a_no_is_one_line_with_the_flag_and_is_not_remembered(tmp_path: Path) -> None:
    with pytest.raises(LicenseNotAccepted, match="pull deepseek --accept-license"):
        agree(tmp_path, "deepseek", DEEPSEEK, Answer(yes=False))
    answer = Answer(yes=True)
    agree(tmp_path, "deepseek", DEEPSEEK, answer)
    assert len(answer.texts) == 1


def test_another_model_or_another_licence_is_asked_for_again(tmp_path: Path) -> None:
    answer = Answer(yes=True)
    agree(tmp_path, "one", DEEPSEEK, answer)
    agree(tmp_path, "two", DEEPSEEK, answer)
    agree(tmp_path, "one", Licence("Other", "https://example.org", restricted=True), answer)
    assert len(answer.texts) == 3


@pytest.mark.parametrize("damage", ["", "[1]", "{", "null"])
def test_a_damaged_record_only_means_to_ask_again(tmp_path: Path, damage: str) -> None:
    (tmp_path / "licences.json").write_text(damage)
    answer = Answer(yes=True)
    agree(tmp_path, "one", DEEPSEEK, answer)
    assert len(answer.texts) == 1


@pytest.mark.parametrize(
    ("name", "restricted"),
    [("apache-2.0", False), ("MIT", False), ("deepseek", True), ("other", True), (None, True)],
)
def test_a_hub_licence_is_restricted_unless_known_not_to_be(
    name: str | None, restricted: bool
) -> None:
    assert hub_licence("owner/repo", name).restricted is restricted
