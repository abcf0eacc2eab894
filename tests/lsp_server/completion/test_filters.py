"""What holds for every filter: twice is once, and unsure is unchanged."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lsp_server.completion.brackets import count_faults, cut_surplus
from lsp_server.completion.indentation import fit_indent
from lsp_server.completion.overlap import cut_below, cut_right, drop_repeated_above
from lsp_server.completion.polish import drop_partial_line
from lsp_server.completion.query import CompletionOptions
from lsp_server.completion.repetition import cut_repetition, drop_dangling
from lsp_server.completion.scope import bound
from lsp_server.completion.shape import choose_shape
from tests.lsp_server.completion.places import context_at

TEXT = st.text(alphabet=st.sampled_from(list("abf :=,#'\"()[]{}\n\t")), max_size=50)
PLACES = st.sampled_from(
    [
        "def f(x):‸\n",
        "def f(x):\n    ‸\n    return x\n",
        "def f(x):\n  ‸  return x\n",
        "a = 1\n‸b = 2\n",
        "f(‸, b)\nc\n",
        "x = '‸'\n",
        "\tif x:\n\t\ty()\n‸\n",
        "f {\n‸\n}\n",
        "# ‸",
        "‸",
    ]
)
LANGUAGES = st.sampled_from(["python", "javascript", "c", "plaintext"])


@given(TEXT, PLACES, LANGUAGES)
@example("#\n'", "f(‸, b)\nc\n", "python")
@settings(max_examples=400)
def test_each_filter_applied_twice_is_applied_once(text: str, place: str, language: str) -> None:
    context = context_at(place, language)
    shape = choose_shape(context, CompletionOptions())
    for name, once in {
        "fit_indent": lambda said: fit_indent(said, context),
        "bound": lambda said: bound(said, context, shape)[0],
        "cut_below": lambda said: cut_below(said, context),
        "cut_surplus": lambda said: cut_surplus(said, context),
        "drop_repeated_above": lambda said: drop_repeated_above(said, context),
        "cut_repetition": cut_repetition,
        "cut_repetition of what the limit cut": lambda said: cut_repetition(said, "", True),
        "drop_dangling": drop_dangling,
        "drop_partial_line": drop_partial_line,
    }.items():
        result = once(text)
        assert once(result) == result, name


@given(TEXT, PLACES, LANGUAGES)
@settings(max_examples=300)
def test_a_completion_never_makes_brackets_worse_where_that_can_be_judged(
    text: str, place: str, language: str
) -> None:
    context = context_at(place, language)
    allowed, faults = count_faults("", context), count_faults(cut_surplus(text, context), context)
    if allowed is not None and faults is not None and cut_surplus(text, context) != text:
        assert faults <= allowed


@given(TEXT, st.sampled_from(["1) ‸", "x = 1)\n‸", "(‸", "it's‸"]))
def test_brackets_are_not_judged_where_the_outline_is_unsure(text: str, place: str) -> None:
    context = context_at(place, "plaintext")
    assert cut_surplus(text, context) == text


@pytest.mark.parametrize(
    ("document", "said", "kept"),
    [
        ("f(‸)", "a)", "a"),
        ("f(g(‸)", "a)", "a)"),
        ("f(‸)", "g(a", ""),
        ("f(‸", "g(a", "g(a"),
        ("x = ‸", "[1, 2]", "[1, 2]"),
        ("x = ‸", "[1, 2)]", "[1, 2"),
        ("x = '‸'", "a' + b", "a"),
        ("f(‸\n)", "a)", "a"),
        ("f(g(‸\n)", "a)", "a)"),
        ("def f():\n    ‸", '"""Say', '"""Say'),
    ],
)
def test_a_surplus_bracket_or_quote_is_cut(document: str, said: str, kept: str) -> None:
    assert cut_surplus(said, context_at(document)) == kept


@pytest.mark.parametrize(
    ("document", "said", "kept"),
    [
        ("x = ‸ + tax", "price + tax", "price"),
        ("x = ‸total", "sub", "sub"),
        ("x = ‸total", "subtotal", "subtotal"),
        ("f(‸self.name, y)", "x, self.name", "x, "),
        ("f(‸self.name, y)", "x, self", "x, "),
        ("a‸;", " = 1;", " = 1"),
        ("f(‸)", "a)", "a"),
    ],
)
def test_what_stands_on_the_right_is_cut(document: str, said: str, kept: str) -> None:
    assert cut_right(said, context_at(document, "c")) == kept


@pytest.mark.parametrize(
    ("said", "above", "cut", "kept"),
    [
        ("a\na\na", "", False, "a"),
        ("a\na", "", False, "a\na"),
        ("x\na\nb\na\nb\na\nb", "", False, "x\na\nb"),
        ("a\na\na", "a", False, ""),
        ("a\n\n\n\nb", "", False, "a\n\n\n\nb"),
        ("ab ab ab ab ab ab a", "", True, ""),
        ("ab ab ab ab ab ab a", "", False, "ab ab ab ab ab ab a"),
        ("x ab ab ab ab ab ab a", "", True, "x ab"),
        ("ab ab ab ab ab ab end", "", True, "ab ab ab ab ab ab end"),
        ("------------------", "", True, "------------------"),
        ("f('..', '..', '..', '..', '..', '..'", "", True, "f('..'"),
        ("i++; i++; i++; i++; i++; i++; i", "", True, ""),
        ("x = i++; i++; i++; i++; i++; i++; i", "", True, "x = i++;"),
    ],
)
def test_a_circle_is_cut_to_its_first_round(said: str, above: str, cut: bool, kept: str) -> None:
    assert cut_repetition(said, above, cut).rstrip() == kept
