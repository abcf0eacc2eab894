"""What Python's own parser has to say about completions."""

from __future__ import annotations

import ast
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.engine import CancelToken
from lsp_server.completion.complete import complete
from lsp_server.completion.parsing import cut_to_parse, read_surroundings
from lsp_server.completion.query import CompletionOptions, CompletionQuery
from tests.lsp_server.completion.places import context_at
from tests.scripted_engine import ScriptedEngine, says

PLACES = st.sampled_from(
    [
        "def f(x):\n    y = x\n    ‸\n    return y\n",
        "class A:\n    def f(self):\n        a = 1\n        ‸\n\n    def g(self):\n        pass\n",
        "class A:\n\tdef f(self):\n\t\ta = 1\n\t\t‸\n\nb = 2\n",
        "def f(x):\n    if x:\n        a = 1\n‸\n    return 1\n",
        "f(‸)\n",
        "a = [1, (‸), 2]\n",
        "x = 1\n‸y = 2\n",
        "def f():\n    x = 1\n    ‸y = 2\n",
    ]
)
LINES = st.lists(
    st.tuples(
        st.sampled_from(["", " ", "    ", "     ", "        ", "         ", "\t", "\t\t"]),
        st.sampled_from(
            [
                "a = 1",
                "if a:",
                "else:",
                "return a",
                "def m(self):",
                "f(a,",
                "b)",
                "'''x",
                "x y",
                "# c",
                "",
            ]
        ),
    ),
    min_size=1,
    max_size=6,
)


def _parses(source: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source)
        except SyntaxError:
            return False
    return True


@given(PLACES, LINES, st.sampled_from(["auto", "always"]))
@settings(max_examples=500, deadline=None)
def test_a_file_that_parses_still_does_or_waits_for_the_rest_of_the_last_line(
    place: str, lines: list[tuple[str, str]], multiline: str
) -> None:
    before, _, after = place.partition("‸")
    said = "\n".join(indent + text for indent, text in lines)
    query = CompletionQuery(before + after, len(before), "python")
    options = CompletionOptions(multiline=multiline)  # type: ignore[arg-type]
    text = complete(query, options, ScriptedEngine(says(*said)), CancelToken()).text
    if not text or _parses(before + text + after):
        return
    written = [line for line in text.split("\n") if line.strip() and "#" not in line]
    last = written[-1]
    is_open = text.count("(") > text.count(")")
    assert is_open or last.endswith((":", "'''x")), (place, said, text)


@given(PLACES, LINES)
@settings(max_examples=300, deadline=None)
def test_what_was_cut_to_parse_is_not_cut_again(place: str, lines: list[tuple[str, str]]) -> None:
    context = context_at(place)
    around = read_surroundings(context)
    once = cut_to_parse("\n".join(indent + text for indent, text in lines), context, around)
    assert cut_to_parse(once, context, around) == once


@pytest.mark.parametrize(
    ("document", "language"),
    [
        ("x = = 1\n‸\n", "python"),
        ("x = '''\n‸\n'''\n", "python"),
        ("x = 1\n‸\n", "cython"),
        ("x = 1\n" * 20_000 + "if x:\n" + "    x = 1\n" * 10_000 + "    ‸\n", "python"),
    ],
)
def test_what_cannot_be_judged_is_left_alone(document: str, language: str) -> None:
    assert read_surroundings(context_at(document, language)) is None


def test_only_the_statements_around_the_cursor_are_parsed() -> None:
    around = read_surroundings(context_at("x = = 1\n\ndef f():\n    ‸\n    return 1\n\ny = = 2\n"))
    assert around is not None
    assert around.before == "def f():\n    "
    assert around.after == "\n    return 1\n\n"
