"""What a text binds is what the host's compiler says, and what its tree says of newer syntax."""

from __future__ import annotations

import pytest

from analyzers.bindings import bent, bindings


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("(a, [b, *c]) = x\n", {"a", "b", "c"}),
        ("for a, b in x:\n    c += 1\n", {"a", "b", "c"}),
        ("with x as (a, b):\n    del c\n", {"a", "b", "c"}),
        ("try:\n    pass\nexcept E as a:\n    import b.c as d\n", {"a", "d"}),
        ("match x:\n    case {'k': a, **b}:\n        pass\n", {"a", "b"}),
        ("def \\\n  f(a):\n    b = 1\n", {"f"}),
        ("class A(B):\n    c = 1\n", {"A"}),
        ("x = [a for a in b]\n", {"x"}),
    ],
)
def test_each_way_to_bind_a_name_counts(text: str, own: set[str]) -> None:
    found = bindings(text)
    assert found is not None
    assert found.own == own


def test_the_body_of_a_class_is_asked_about_alone() -> None:
    found = bindings("class _:\n    a: int\n    (b, c) = 1, 2\n", "_")
    assert found is not None
    assert found.own == {"a", "b", "c"}


def test_what_functions_do_to_the_file_is_told_apart() -> None:
    found = bindings(
        "def f(x):\n    def g():\n        global a\n        a = x\n    B.append(1)\n    x.c = 1\n"
    )
    assert found is not None
    assert found.own == {"f"}
    assert found.outward == {"a"}
    assert found.changed == {"B"}
    assert found.fields == {"c"}


def test_newer_syntax_is_asked_of_its_tree() -> None:
    found = bindings('def f(a):\n    return f"{a["c"]} {g(a)}"\nreturn f\n')
    assert found is not None
    assert {"f"} <= found.own
    assert {"a", "g"} <= found.said


def test_what_is_no_statement_binds_nothing() -> None:
    assert bindings("def f(:\n") is None


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("Q.append(x)\n", {"Q", "x"}),
        ("a = 1; Q[0] = f\n", {"Q"}),
        ("add(Q, f)\n", {"Q", "f"}),
        ("a = b\n", set()),
        ("if __name__ == '__main__':\n    app.run()\n", set()),
    ],
)
def test_a_statement_may_change_what_it_calls_and_what_it_gives(code: str, names: set[str]) -> None:
    assert bent(code) == names
