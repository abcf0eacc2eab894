"""Half-typed and cut-out code: what is read of it, and where it is said to stand."""

from __future__ import annotations

import ast
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.finding import Span
from analyzers.reading import parsing
from analyzers.reading.parsing import Problem
from analyzers.reading.places import PLACED, Places, line_starts
from analyzers.reading.tolerance import Tolerant, parse_tolerant
from tests.conftest import SHARED_DATA


def _read(text: str, keep: Span | None = None) -> Tolerant:
    read = parse_tolerant(text, keep)
    assert isinstance(read, Tolerant), read
    return read


def _assert_in_place(text: str, read: Tolerant) -> None:
    """Each name stands where it is written, or stands for one that is missing."""
    bounds = [*line_starts(text), len(text)]
    lines = [text[a:b].encode() for a, b in pairwise(bounds)]
    for node in ast.walk(read.tree):
        if not isinstance(node, PLACED):
            continue
        start = node.lineno, node.col_offset
        end = node.end_lineno or 0, node.end_col_offset or 0
        assert (1, 0) <= start <= end
        assert end[0] <= len(lines)
        assert end[1] <= len(lines[end[0] - 1])
        if isinstance(node, ast.Name):
            written = lines[start[0] - 1][start[1] : end[1]].decode()
            assert written == node.id or (node.id == "_" and not written)


def test_what_parses_is_read_as_it_stands() -> None:
    read = _read("x = f'{a['b']}'\n")
    assert (read.left_out, read.open, read.is_repaired) == ((), frozenset(), False)


CUT = [
    # Text, and what must be among the code that is read of it.
    ("    a(1)\n    return b\n", ["a(1)", "return b"]),
    ("        a\n    b\nc\n", ["a", "b", "c"]),
    ("    a()\n  except B as c:\n    d()\n", ["a()", "d()"]),
    ("  Prose about a thing.\n  '''\n  return a(b)\n", ["return a(b)"]),
    ('  Prose with (a bracket.\n  More of it\'s.\n  """\n  return a(b)\n', ["return a(b)"]),
    ('  of %s here\n""" % locals()\n  a(b)\n', ["locals()", "a(b)"]),
    ("  a,\n  shell=True)\nb\n", ["_(a, shell=True)", "b"]),
    ("  a, b=None):\n  return a\n", ["return a"]),
    ("  'a': 1,\n  'b': f(c)\n}\nd\n", ["f(c)", "d"]),
    ("  'a': 1,\n  'b': f(c),\n  'd'", ["f(c)"]),
    ("  a=1,\n  b=f(c),\n", ["_(a=1, b=f(c))"]),
    ("def f():\n  a(\n  b = 1\n\ndef g():\n  c()\n", ["a(b=1)", "c()"]),
    ("class A:\n  def f(self):\n    x = [a,\n  def g(self):\n    b()\n", ["x = [a]", "b()"]),
    ("x = '''a\nb\n", ["x = 'a\\nb'"]),
    ("x = 'a\ny = b(c)\n", ["x = 'a'", "y = b(c)"]),
    ("a\n\telse:\n\t\tb\n", ["a", "b"]),
    ("if a:\r\n\tb(\r\n", ["b()"]),
    ("a(\0)\nb\n", ["a()", "b"]),
    ("a('\ud800')\nb(", ["a('\ufffd')", "b()"]),
    ("\ufeffa = 1\nb = (", ["a = 1"]),
    ("\fa = (1\n\fdef f(): b\n", ["a = 1", "b"]),
    ("@a(b)\n", ["a(b)"]),
    ("try:\r", []),
    ("try:\n  a()\n  b(\n", ["a()", "b()"]),
    ("print 'a' % b\nexec(c)\n", ["'a' % b", "exec(c)"]),
    ("try: a\nexcept B, c: d\ne(", ["a", "d", "e()"]),
    ("x = f'{a['b']}' + c(\n", ["a['b']", "c()"]),
    ("x = f'{a(b", ["a(b)"]),
    ("async def f():\n  await a(", ["await a()"]),
    ("match a:\n  case b:\n    c(\n", ["c()"]),
]


@pytest.mark.parametrize(("text", "codes"), CUT, ids=[repr(text) for text, _ in CUT])
def test_half_typed_and_cut_out_code_is_read(text: str, codes: list[str]) -> None:
    read = _read(text)
    assert read.is_repaired
    assert read.left_out == ()
    found = [ast.unparse(node) for node in ast.walk(read.tree) if isinstance(node, PLACED)]
    assert [code for code in codes if code not in found] == []
    assert "True" not in {ast.unparse(n.test) for n in ast.walk(read.tree) if isinstance(n, ast.If)}
    if "\ud800" not in text:
        _assert_in_place(text, read)


def test_what_only_the_repair_closed_is_open() -> None:
    read = _read("a(b(1), c(d(2),\n")
    names = {
        ast.unparse(node.func): node in read.open
        for node in ast.walk(read.tree)
        if isinstance(node, ast.Call)
    }
    assert names == {"a": True, "b": False, "c": True, "d": False}


def test_a_half_typed_function_is_open_and_those_around_are_not() -> None:
    read = _read("def f(a):\n  return a\n\ndef g(b):\n\ndef h():\n  pass\n")
    opened = {node.name for node in read.open if isinstance(node, ast.FunctionDef)}
    assert opened == {"g"}


def test_lines_that_are_left_out_are_said() -> None:
    text = "a = 1\nb c d\ne(f)\n"
    read = _read(text, Span(text.index("e(f)"), len(text)))
    assert read.left_out == (2,)
    _assert_in_place(text, read)


def test_a_kept_line_is_read_or_nothing_is() -> None:
    text = "a = 1\nb c d\ne(f)\n"
    assert isinstance(parse_tolerant(text, Span(text.index("b"), text.index("e"))), Problem)


def test_the_rest_of_the_cursors_line_may_be_unread() -> None:
    text = "a = 1\nb = f(1) c d\ne(f)\n"
    at = text.index("b")
    read = _read(text, Span(at, at + 8))
    assert (read.left_out, read.cut_line) == ((), 2)
    assert "f(1)" in ast.unparse(read.tree)


def test_only_the_broken_statements_of_a_long_text_are_repaired() -> None:
    whole = "def f(a):\n  return a.b(1)\n\n" * 40
    text = whole + "x = f(é,\n\n" + whole + "def g(\n\n" + whole
    read = _read(text)
    assert read.left_out == ()
    _assert_in_place(text, read)
    assert len([node for node in read.tree.body if isinstance(node, ast.FunctionDef)]) == 121
    tail = [ast.dump(n, include_attributes=True) for n in read.tree.body[-40:]]
    expected = ast.parse("\n" * (text.count("\n") - whole.count("\n")) + whole)
    assert tail == [ast.dump(n, include_attributes=True) for n in expected.body]


def test_code_above_a_string_is_not_taken_for_its_beginning() -> None:
    text = "x = f(\n  '''\n  SELECT %s\n  ''' % g(y)\n"
    assert "g(y)" in ast.unparse(_read(text).tree)
    assert any(isinstance(n, ast.Call) for n in ast.walk(_read("x = f(\n  '''\n  a").tree))


def test_fragments_of_real_repositories_are_read() -> None:
    path = SHARED_DATA / "cyberseceval_python_dev" / "autocomplete.json"
    if not path.is_file():
        pytest.skip("../shared/data holds no cyberseceval_python_dev")
    items = json.loads(path.read_text())
    n_whole = 0
    for item in items:
        text, line = item["origin_code"], item["line_text"]
        start = max(text.find(line), 0)
        read = parse_tolerant(text, Span(start, start + len(line)))
        if isinstance(read, Tolerant):
            n_whole += not read.left_out
            _assert_in_place(text, read)
    assert len(items) == 114
    assert n_whole >= 112


SOURCE = Path(parsing.__file__).read_text()


@given(st.data())
def test_every_prefix_and_every_piece_of_a_program_is_read_in_place(data: st.DataObject) -> None:
    program = SOURCE
    start = data.draw(st.sampled_from(line_starts(program)[:-1]))
    end = data.draw(st.integers(start, min(start + 1500, len(program))))
    text = program[start:end]
    read = parse_tolerant(text, Span(max(end - start - 30, 0), end - start))
    if isinstance(read, Tolerant):
        _assert_in_place(text, read)
        kept = Places(text).place(max(len(text.rstrip()) - 1, 0))[0]
        assert kept not in read.left_out


WORDS = st.sampled_from(
    [
        *("a", "b.", "(", ")", "[", "]", "{", "}", "'", '"', "'''", '"""', "f'", "{", ":", "="),
        *("\n", "\n  ", "\n    ", "\n\t", "\r\n", "\r", "\f", "#", "\\", "\0", "\ud800", "\ufeff"),
        *("if ", "else:", "def f", "class A", "try:", "except B", "finally:", "@", "lambda "),
        *(
            "for ",
            " in ",
            "import ",
            "from ",
            "return ",
            "print ",
            "match ",
            "case ",
            ",",
            "é",
            "1",
        ),
    ]
)


@given(st.lists(WORDS, max_size=20).map("".join), st.integers(0, 40), st.integers(0, 40))
def test_nothing_raises(text: str, start: int, length: int) -> None:
    read = parse_tolerant(text, Span(min(start, len(text)), min(start + length, len(text))))
    if isinstance(read, Tolerant) and "\ud800" not in text:
        _assert_in_place(text, read)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "(" * 20_000,
            "(\n" * 2_000,
            "f'{" * 5_000,
            "[a for " * 5_000,
            "x[" * 5_000 + "\ndef f():",
        ),
        *("else:\n" * 5_000, "@" * 20_000, "".join(" " * i + "if x:\n" for i in range(500))),
    ],
    ids=lambda text: repr(text[:6]),
)
def test_hostile_texts_neither_raise_nor_crash(text: str) -> None:
    assert isinstance(parse_tolerant(text), Problem | Tolerant)
