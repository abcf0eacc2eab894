"""The way back from a tree of what was built."""

from __future__ import annotations

import ast

from analyzers.reading.built import Built, joined, lead_back


def _built() -> Built:
    built = Built(n_rows=2)
    built.add("if True:", 0, is_dummy=True)
    built.rows += "  é = f(a, [_])\n", "  try: b\n"
    built.numbers += 0, 1
    built.inside[1] = [(13, 1), (14, 2)]  # `_`, and `])`.
    built.add("  finally: pass", 1, 8)
    return built


def test_places_are_those_of_the_original_and_dummies_are_gone() -> None:
    built = _built()
    tree = ast.parse(built.text)
    opened = lead_back(tree, built)
    text = "  é = f(a, [\n  try: b\n"
    assign, attempt = tree.body
    assert isinstance(assign, ast.Assign)
    assert isinstance(attempt, ast.Try)
    assert ast.get_source_segment(text, assign) == "é = f(a, ["
    assert ast.get_source_segment(text, attempt) == "try: b"
    call = assign.value
    assert isinstance(call, ast.Call)
    a, missing = call.args
    assert ast.get_source_segment(text, a) == "a"
    assert {assign, call, missing, attempt} < opened
    assert not {a, assign.targets[0], attempt.body[0]} & opened


def test_pieces_stand_below_each_other() -> None:
    whole = joined([Built(["a\n"], [0], n_rows=1), _built(), Built(["c\n"], [0], n_rows=1)])
    assert whole.numbers == [0, 1, 1, 2, 2, 3]
    assert whole.dummies == {1}
    assert whole.added == {1: 0, 4: 8}
    assert list(whole.inside) == [2]
    tree = ast.parse(whole.text)
    lead_back(tree, whole)
    assert [statement.lineno for statement in tree.body] == [1, 2, 3, 4]
