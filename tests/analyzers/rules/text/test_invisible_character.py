"""Characters that cannot be seen: where they hide something, and where they belong."""

from __future__ import annotations

import pytest

from analyzers.rules.text.invisible_character import find


@pytest.mark.parametrize(
    "text",
    [
        "plain text", "\ufeffplain", "naïve café — „quoted“", "русский текст с PDF-файлом",
        "\u2764\ufe0f", "\U0001f469\U0001f3fd\u200d\U0001f4bb", "1\ufe0f\u20e3",
        "\U0001f3f4\U000e0067\U000e0062\U000e007f", "\u0645\u06cc\u200c\u062e",
        "\u0915\u094d\u200d\u0937", "\u05e9\u05dc\u200f (x)", "Δx = μσ", "日本語 テキスト",
    ],
)  # fmt: skip
def test_text_of_any_script_is_left_alone(text: str) -> None:
    assert list(find(text)) == []


@pytest.mark.parametrize(
    ("text", "hidden", "severity"),
    [
        ("a\ufeffb", "\ufeff", "medium"), ("a\u200bb", "\u200b", "medium"),
        ("a\u200d\u200c\u200db", "\u200d\u200c\u200d", "medium"), ("a\u202eb", "\u202e", "high"),
        ("x\u2066\u2069y", "\u2066\u2069", "high"),
        ("a\U000e0061\U000e0062", "\U000e0061\U000e0062", "high"),
        ("a\ufe01\ufe02", "\ufe01\ufe02", "high"), ("a\u3164", "\u3164", "high"),
        ("ab\u200e", "\u200e", "low"), ("раypal", "раypal", "medium"),
        ("\u039f_ne", "\u039f_ne", "medium"),
    ],
)  # fmt: skip
def test_what_cannot_be_seen_is_found_where_it_stands(
    text: str, hidden: str, severity: str
) -> None:
    (finding,) = find(text)
    assert text[finding.span.start : finding.span.end] == hidden
    assert (finding.severity, finding.cwe) == (severity, 1007)
