"""Data that goes into the script's own functions and comes out of them."""

from __future__ import annotations

import pytest

from analyzers.check import scan
from analyzers.javascript.origin import origins
from analyzers.javascript.provenance import Origin
from analyzers.javascript.script import ScriptCode


def _origin(text: str) -> Origin:
    """Of the argument of the last call of `sink`."""
    code = ScriptCode(text, "typescript")
    return origins(code).of(code.calls("sink")[-1].arguments[0])


@pytest.mark.parametrize(
    "text",
    [
        "function load(url) { return sink(url) } load(req.query.url)",
        "const load = async (url: string) => { sink(url) }; await load(req.query.url as string)",
        "function load(a, b) { sink(b) } load('x', 'y'); load(1, req.body.b)",
        "function load({ name }) { sink(name) } load(req.body)",
        "function load({ name: n }) { sink(n) } load({ name: req.body.x })",
        "function load(a) { save(a) } function save(b) { sink(b) } load(req.query.a)",
        "class A { on(req) { this.put(req.body.x) } put(x) { sink(x) } }",
        "function text(a) { return 'x' + a } sink(text(req.query.a))",
        "const text = (a) => `x ${a}`; sink(text(req.query.a))",
        "function q(f) { const p = []; if (f.a) p.push('a=' + f.a); return p.join('') }"
        " sink(q(req.body))",
        "req.body.list.forEach((one) => { sink(one) })",
    ],
)
def test_what_a_client_writes_stays_so_in_own_functions(text: str) -> None:
    assert _origin(text).kind == "remote"


@pytest.mark.parametrize(
    "text",
    [
        "function load(url) { sink(url) } load('x')",
        "function load(a, b) { sink(a) } load('x', req.query.b)",
        "function load({ name }) { sink(name) } load({ name: 'x', other: req.body.x })",
        "function load(url) { sink(url) } function f(load) { load(req.query.url) }",
        "class A { on(req) { other.put(req.body.x) } put(x) { sink(x) } }",
        "function escapeIt(a) { return a } sink(escapeIt(req.query.a))",
        "function text(a) { return a.replace(/</g, '') } sink(text(req.query.a))",
        "function load(url) { if (!isAllowed(url)) return; sink(url) } load(req.query.url)",
        "const ids = req.body.ids.map(Number); sink(ids.join(','))",
        "const marks = req.body.ids.map((_, i) => `$${i + 1}`); sink(marks.join(', '))",
        "const kind = req.file && KINDS[req.file.mimetype]; sink(kind)",
        "const u = new URL(req.query.u, req.url); sink(u.host === own.host ? u : own)",
        "sink(new URL('/login', req.url))",
        "function inside(a) { if (bad(a)) throw new Error(a); return a } sink(inside(req.query.a))",
        "const ids = req.query.ids.split(',').filter((x) => /^[0-9]+$/.test(x)); sink(ids.join())",
        "const keys = Object.keys(req.body).filter((k) => KEYS.has(k)); sink(keys.join())",
        "const known = z.object({ a: z.enum(['x']) }); sink(known.parse(req.query).a)",
        "sink(z.object({ a: z.enum(['x']) }).parse(req.query).a)",
        "sink(req.file.path)",
    ],
)
def test_what_is_made_harmless_or_never_given_is_not_remote(text: str) -> None:
    assert not _origin(text).is_foreign


def test_what_went_through_an_own_function_is_less_sure() -> None:
    assert _origin("function f(a) { sink(a) } f(req.query.a)").is_far
    assert _origin("const f = (a) => a; sink(f(req.query.a))").is_far
    assert not _origin("sink(req.query.a)").is_far


@pytest.mark.parametrize(
    "text",
    [
        "function f(a) { sink(a); f(a) } f(f(req.query.a))",
        "const f = (a) => g(a); const g = (a) => f(a); sink(f(1))",
    ],
)
def test_functions_that_call_each_other_end(text: str) -> None:
    assert _origin(text).kind in ("remote", "unknown")


@pytest.mark.parametrize(
    ("made", "called"),
    [
        ("class A {\n  static run(c) {\n    USE(c);\n  }\n}\n", "A.run(req.query.c)"),
        ("class A {\n  run(c) {\n    USE(c);\n  }\n}\n", "new A().run(req.query.c)"),
        ("class A {\n  run = (c) => USE(c);\n}\nconst a = new A();\n", "a.run(req.query.c)"),
        ("const a = {\n  run(c) {\n    USE(c);\n  },\n};\n", "a.run(req.query.c)"),
        ("const a = { run: (c) => USE(c) };\n", "a.run(req.query.c)"),
        ("class A {\n  #run(c) {\n    USE(c);\n  }\n  b(req) {\n", "this.#run(req.query.c); } }"),
    ],
)
@pytest.mark.parametrize("use", ["res.redirect"])
def test_methods_are_called_on_what_has_them(made: str, called: str, use: str) -> None:
    text = made.replace("USE", use) + called
    found = scan(text, "javascript").findings
    assert [finding.rule for finding in found] == ["js-open-redirect"]
    assert not scan(text.replace("req.query.c", "'/home'"), "javascript").findings


def test_a_method_of_another_object_is_another_one() -> None:
    text = "class A {\n  run(c) {\n    res.redirect(c);\n  }\n}\n"
    assert not scan(text + "pool.run(req.query.c);\n", "javascript").findings
    assert not scan(text + "const b = new B();\nb.run(req.query.c);\n", "javascript").findings
