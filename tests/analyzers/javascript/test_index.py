"""An index made of that of another text is the index of the text itself."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analyzers.javascript.grammars import Dialect, parse
from analyzers.javascript.index import Index, Kind, gathered
from tests.analyzers.samples import IS_FULL

_STATEMENTS = (
    "const { exec: e } = require('child_process');\n", "import { a, b as c } from 'm';\n",
    "if (a.test(b)) c();\n", "c = d ? e(1) : f(2);\n", "let x = {k: 1, 'l': m(n)};\n",
    "x.y += z[1];\n", "for (const i of j) k(i);\n", "class A { m(n) { this.o(n); } }\n", "x = y\n",
    "(p)\n", "`a ${q(r)} b`;\n", "new S(t);\n", "[u, v] = w;\n", "/* é */", "// e(a)\n", "e",
    ".f(a)\n", "=> a\n", "async\n", "function g() {}\n",
)  # fmt: skip
_BLOCKS = (
    ("function f(a, { b }) {\n", "}\n"), ("(function () {\n", "})();\n"),
    ("x.then((y) => {\n", "});\n"), ("if (a) {\n", "} else { c(); }\n"), ("g(a, ", ")\n"),
    ("const h = async (i) => {\n", "}\n"),
)  # fmt: skip
_TEXT = st.recursive(
    st.lists(st.sampled_from(_STATEMENTS), max_size=5).map("".join),
    lambda inner: st.tuples(inner, st.sampled_from(_BLOCKS), inner, inner).map(
        lambda parts: parts[0] + parts[1][0] + parts[2] + parts[1][1] + parts[3]
    ),
    max_leaves=4,
)
_DIALECTS: tuple[Dialect, ...] = ("javascript", "typescript", "tsx")


def _all(index: Index, names: set[tuple[Kind, str]]) -> dict[tuple[Kind, str], list[object]]:
    return {
        (kind, name): [(n.start_byte, n.end_byte, n.type, w) for n, w in index.nodes(kind, name)]
        for kind, name in sorted(names)
    }


@given(_TEXT, _TEXT, _TEXT, _TEXT, st.sampled_from(_DIALECTS))
@settings(max_examples=3000 if IS_FULL else 300, deadline=None)
def test_the_index_of_a_text_like_another_is_its_own(
    start: str, old: str, new: str, end: str, dialect: Dialect
) -> None:
    before = parse((start + old + end).encode(), dialect)
    data = (start + new + end).encode()
    like, alone = parse(data, dialect, before), parse(data, dialect)
    # A tree of errors may be another one, and is read afresh.
    assume(not alone.tree.root_node.has_error)
    names = {*gathered(alone, dialect), *gathered(before, dialect)}
    made, own = Index(like, dialect), Index(alone, dialect)
    assert _all(made, names) == _all(own, names)
    assert own.aliases() <= made.aliases()


@pytest.mark.parametrize("holding", ["a.test", "absent"])
def test_only_the_nodes_that_hold_a_text_are_given(holding: str) -> None:
    parsed = parse(b"if (a.test(b)) { c; } else if (d) { e; }", "javascript")
    found = Index(parsed, "javascript").nodes("condition", holding=holding.encode())
    assert [node.text for node, _ in found] == ([b"(a.test(b))"] if holding == "a.test" else [])
