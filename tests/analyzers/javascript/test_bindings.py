"""Which values a name may have at a place."""

from __future__ import annotations

import pytest

from analyzers.javascript.bindings import Bindings
from analyzers.javascript.script import ScriptCode


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("const a = 1; sink(a)", ["1"]),
        ("let a = 1; a = 2; sink(a)", ["2"]),
        ("let a = 1; if (x) a = 2; sink(a)", ["2", "1"]),
        ("let a = 1; if (x) { a = 2 } else { a = 3 } sink(a)", ["3", "2", "1"]),
        ("let a = 1; a += 2; sink(a)", ["2", "1"]),
        ("let a = 1; { let a = 2 } sink(a)", ["1"]),
        ("var a = 1; { var a = 2 } sink(a)", ["2", "1"]),
        ("sink(a); const a = 1;", ["1"]),
        ("const a = 1; function f(a) { sink(a) }", [None]),
        ("const a = 1; (a) => sink(a)", [None]),
        ("const a = 1; try {} catch (a) { sink(a) }", [None]),
        ("for (const a of b) { sink(a) }", ["b"]),
        ("function f() { a = 1 } sink(a)", []),
        ("import a from 'm'; sink(a)", [None]),
    ],
)
def test_the_values_that_reach_a_use(text: str, values: list[str | None]) -> None:
    code = ScriptCode(text, "javascript")
    use = code.calls("sink")[0].arguments[0]
    found = Bindings(code).reaching("a", use.start_byte)
    assert [None if b.value is None else code.source(b.value) for b in found] == values


def test_a_pattern_leads_to_the_properties() -> None:
    code = ScriptCode("const { a: { b = 1 }, c: [d], ...e } = f; sink(b, d, e)", "javascript")
    bindings = Bindings(code)
    at = code.calls("sink")[0].node.start_byte
    keys = {name: bindings.reaching(name, at)[0].keys for name in "bde"}
    assert keys == {"b": ("a", "b"), "d": ("c", "*"), "e": ()}


def test_an_import_leads_to_its_module() -> None:
    code = ScriptCode("import a, { b as c } from 'm'; import * as d from 'n'; sink()", "javascript")
    bindings = Bindings(code)
    at = code.calls("sink")[0].node.start_byte
    found = {name: bindings.reaching(name, at)[0] for name in "acd"}
    assert {name: (b.module, b.keys) for name, b in found.items()} == {
        "a": ("m", ()),
        "c": ("m", ("b",)),
        "d": ("n", ()),
    }
    assert not bindings.is_bound("absent", at)
