"""One pass sees what the standard library's walk sees."""

from __future__ import annotations

import ast
from pathlib import Path

from analyzers.code import Code
from analyzers.finding import Span
from analyzers.walk import import_statements, walk

ROOT = Path(__file__).parents[2]


def test_every_node_with_a_place_is_found_and_has_its_parent() -> None:
    for path in sorted((ROOT / "analyzers").rglob("*.py"))[:60]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        walked = walk(tree)
        found = {node for nodes in walked.by_kind.values() for node in nodes}
        assert found == {node for node in ast.walk(tree) if hasattr(node, "lineno")}
        for node in found:
            assert node in set(ast.iter_child_nodes(walked.parents[node]))


def test_imports_are_found_in_every_kind_of_block_in_order() -> None:
    text = (
        "import a\ntry:\n    import b\nexcept E:\n    import c\nelse:\n    import d\nfinally:\n"
        "    import e\nfor i in x:\n    import f\nelse:\n    import g\nmatch x:\n    case 1:\n"
        "        import h\ndef k():\n    from l import m\nwith y:\n    import n\n"
    )
    names = [node.names[0].name for node in import_statements(ast.parse(text))]
    assert names == list("abcdefghmn")


TEXT = """\
import os
class A:
    def f(self):
        return g(1)
    def h(self):
        return g(2)
"""


def test_only_what_is_in_focus_is_given_to_rules() -> None:
    at = TEXT.index("g(2)")
    code = Code(TEXT, ast.parse(TEXT), Span(at, at + 4))
    assert [code.source(node) for node in code.nodes(ast.Call)] == ["g(2)"]
    assert [node.name for node in code.nodes(ast.FunctionDef)] == ["h"]
    two = Code(
        TEXT, code.tree, (Span(at, at + 1), Span(TEXT.index("g(1)"), TEXT.index("g(1)") + 1))
    )
    assert [code.source(node) for node in two.nodes(ast.Call)] == ["g(1)", "g(2)"]


def test_a_node_outside_of_the_focus_still_has_a_parent() -> None:
    at = TEXT.index("g(2)")
    code = Code(TEXT, ast.parse(TEXT), Span(at, at + 4))
    outside = next(node for node in ast.walk(code.tree) if isinstance(node, ast.Call))
    assert isinstance(code.parent(outside), ast.Return)


def test_engines_without_a_focus_get_the_imports_and_what_is_in_focus() -> None:
    at = TEXT.index("g(2)")
    tree = Code(TEXT, ast.parse(TEXT), Span(at, at + 4)).focused_tree
    assert ast.unparse(tree) == "import os\n\nclass A:\n\n    def h(self):\n        return g(2)"
