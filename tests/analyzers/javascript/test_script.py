"""What the rules see of a script: places in code points, and an index by name."""

from __future__ import annotations

from analyzers.finding import Span
from analyzers.javascript.script import ScriptCode


def test_spans_are_in_code_points() -> None:
    text = "/* 😀é */ f('ü', a);"
    code = ScriptCode(text, "javascript")
    (call,) = code.calls("f")
    assert [code.source(argument) for argument in call.arguments] == ["'ü'", "a"]
    span = code.span(call.arguments[1])
    assert text[span.start : span.end] == "a"


def test_half_a_surrogate_pair_takes_one_place() -> None:
    text = "a('\ud800'); b(c);"
    code = ScriptCode(text, "javascript")
    (call,) = code.calls("b")
    assert text[code.span(call.node).start : code.span(call.node).end] == "b(c)"


def test_spans_lie_in_the_text_and_not_in_what_a_repair_added() -> None:
    text = "xx f(é); g("
    code = ScriptCode(text, "javascript", before="q;", part=Span(3, len(text)), after="a)")
    (f,), (g,) = code.calls("f"), code.calls("g")
    assert code.span(f.node) == Span(3, 7)
    assert code.span(g.node) == Span(9, 11)
    assert code.is_open(g.node)
    assert not code.is_open(f.node)
    assert not code.is_written(g.arguments[0])


def test_the_index_holds_calls_assignments_and_pairs_by_name() -> None:
    code = ScriptCode(
        "a.b.f(1); new f(2); f?.(3); g.x = 1; x += 2; h['y'] = 3; ({ k: 4, 'k': 5 }); import('m')",
        "javascript",
    )
    assert [code.source(call.arguments[0]) for call in code.calls("f")] == ["1", "2", "3"]
    assert [code.source(call.arguments[0]) for call in code.calls("import")] == ["'m'"]
    assert [code.source(value) for _, value in code.assignments("x")] == ["1", "2"]
    assert [code.source(target) for target, _ in code.assignments("")] == ["h['y']"]
    assert [code.source(value) for _, value in code.pairs("k")] == ["4", "5"]
    assert code.calls("absent") == []
