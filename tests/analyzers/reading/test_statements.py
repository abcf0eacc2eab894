"""The chunks of a text, compared with the tree that the parser makes of it."""

from __future__ import annotations

import ast
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.reading.parsing import parse
from analyzers.reading.places import line_starts
from analyzers.reading.statements import Chunk, statements

STANDARD = sorted(
    path
    for path in Path(sysconfig.get_path("stdlib")).rglob("*.py")
    if not {"site-packages", "lib2to3"} & set(path.parts)
)


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _agrees(chunks: Sequence[Chunk], body: Sequence[ast.stmt]) -> bool:
    """Whether each node lies in one chunk and each chunk begins with a node."""
    for node in body:
        first, last = _first_line(node), node.end_lineno or 0
        own = [c for c in chunks if c.first_line <= first <= c.last_line]
        if len(own) != 1 or not own[0].head_line <= first <= last <= own[0].last_line:
            return False
    firsts = {_first_line(node) for node in body}
    return all(chunk.head_line in firsts for chunk in chunks)


def _check(text: str, tree: ast.Module) -> list[Chunk]:
    chunks = statements(text)
    assert "".join(text[c.span.start : c.span.end] for c in chunks) == text
    starts = line_starts(text)
    for chunk in chunks:
        assert chunk.span.start == starts[chunk.first_line - 1]
        lines = text[chunk.span.start : chunk.span.end]
        n_ended = len(line_starts(lines)) - 1 + (not lines.endswith(("\n", "\r")))
        assert chunk.last_line - chunk.first_line + 1 == max(n_ended, 1)
    if tree.body:
        assert _agrees(chunks, tree.body)
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        chunk = next(c for c in chunks if c.first_line <= node.lineno <= c.last_line)
        if chunk.members and chunk.head_line == _first_line(node):
            assert _agrees(chunk.members, node.body)
    return chunks


def test_the_chunks_of_the_standard_library_are_its_statements() -> None:
    n_members = 0
    for path in STANDARD[:: len(STANDARD) // 160]:
        try:
            with path.open(encoding="utf-8", newline="") as file:
                text = file.read()
        except UnicodeDecodeError:
            continue
        tree = parse(text)
        if isinstance(tree, ast.Module):
            n_members += sum(len(chunk.members) for chunk in _check(text, tree))
    assert n_members > 1000


SOURCE = '''\
"""Title.

def no(): pass
"""
import a  # (

# above
@decorated(
    1)
class A(B):
    """doc"""

    x = {
"key": [")"],
    }
    # below x

    @property
    def f(self): return 1
# far left
    if x:
        y = 1
    else:
        y = 2

    class Inner:
        z = 1
if a:
    b
elif c:
    d
else:
    e
try:
    f
except g:
    h
finally:
    i
x = 1; y = \\
2
'''


def test_a_chunk_is_a_statement_with_what_is_above_it() -> None:
    chunks = statements(SOURCE)
    assert [(c.first_line, c.head_line, c.last_line) for c in chunks] == [
        *((1, 1, 4), (5, 5, 6), (7, 8, 27), (28, 28, 33), (34, 34, 39), (40, 40, 41))
    ]
    members = chunks[2].members
    assert [(c.first_line, c.head_line, c.last_line) for c in members] == [
        *((11, 11, 12), (13, 13, 15), (16, 18, 19), (20, 21, 25), (26, 26, 27))
    ]


@pytest.mark.parametrize(
    "text",
    [
        "x = (\ny = 1\n",
        "x = '''\ny = 1\n",
        "x = 1)\ny = 2\n",
        "x = 'a\ny = 1\n",
        "  x = 1\ny = 2\n",
        "",
    ],
)
def test_what_cannot_be_split_is_one_chunk(text: str) -> None:
    (chunk,) = statements(text)
    assert (chunk.span.start, chunk.span.end) == (0, len(text))
    assert (chunk.first_line, chunk.last_line) == (1, max(text.count("\n"), 1))


LINES = st.sampled_from(
    [
        *(
            "x = 1",
            "x = f(\n1,\n  [2, {3: (4)}])",
            "y = '''\na = 1\n'''",
            "# comment",
            "",
            "  # in",
        ),
        *("def f():\n    a\n\n    b", "@d\n\n# c\n@e(\n1)\ndef g(): pass", "\f", "a = 1; b = 2"),
        *("class A:\n  x = 1\n  def f(self):\n    '''\nd\n'''\n  y = [\n1]", "class B: pass"),
        *("if a:\n\tb\nelif c: d\nelse:\n\te", "try:\n a\nexcept: b\nelse: c\nfinally:\n d"),
        *(
            "f'{a['b'](')')}{f'{c['}']}'}'",
            "x = 'a\\\nb' \\\n+ c",
            "rb'\\''",
            "class C():\n\n # c\n  x",
        ),
        *(
            'f"""{a}\n"""',
            "x = f'{a:{b}}' f'{{('",
            "for a in b: c\nelse: d",
            "x = '('#)",
            "with a: b",
        ),
        *(
            "match a:\n case {'b': [c]}:\n  d",
            "é = 'ß'",
            "async def f():\n  await a",
            "x = (('(',),)",
        ),
    ]
)


@given(st.lists(LINES, max_size=8), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_every_node_lies_in_one_chunk(lines: list[str], end: str, is_ended: bool) -> None:
    text = "".join(line + "\n" for line in lines)
    text = (text if is_ended else text.removesuffix("\n")).replace("\n", end)
    tree = parse(text)
    assert isinstance(tree, ast.Module)
    chunks = _check(text, tree)
    if len(tree.body) > 1 and len({node.lineno for node in tree.body}) > 1:
        assert len(chunks) > 1


@given(st.text(alphabet="ab ('\"\\\n#:[]{}f\r\t\f@é", max_size=60))
def test_nothing_raises_and_no_character_is_lost(text: str) -> None:
    chunks = statements(text)
    assert "".join(text[c.span.start : c.span.end] for c in chunks) == text
    assert [c.first_line for c in chunks[1:]] == [c.last_line + 1 for c in chunks[:-1]]
