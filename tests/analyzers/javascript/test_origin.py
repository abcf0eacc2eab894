"""Where data comes from: through names, patterns, templates, calls and checks, and no further."""

from __future__ import annotations

import pytest

from analyzers.javascript.origin import origins
from analyzers.javascript.provenance import Origin
from analyzers.javascript.script import ScriptCode
from analyzers.javascript.sources import FOR_PATH


def _origin(text: str, clean: frozenset[str] = frozenset()) -> Origin:
    """Of the argument of the last call of `sink`."""
    code = ScriptCode(text, "typescript" if ": string" in text else "javascript")
    return origins(code).of(code.calls("sink")[-1].arguments[0], clean)


@pytest.mark.parametrize(
    "text",
    [
        "sink(req.query.a)",
        "sink(request.body)",
        "sink(ctx.request.body.a)",
        "sink(req.params[name])",
        "sink(req.get('x'))",
        "sink(req.headers['x-a'].trim())",
        "const a = req.query.a; sink(a)",
        "const { a } = req.query; sink(a)",
        "const { query: { a: b } } = req; sink(b)",
        "const { query } = req; sink(query.a)",
        "const { a = 1, ...rest } = req.body; sink(rest.b)",
        "const [a] = req.body.list; sink(a)",
        "const q = req.query; const { a } = q; sink(`x ${a}`)",
        "let a; a = req.query.a; sink(a)",
        "let a = 'x'; if (b) { a = req.query.a; } sink(a)",
        "let a = 'x'; a += req.query.a; sink(a)",
        "sink('x' + req.query.a + 'y')",
        "sink(b ? req.query.a : 'x')",
        "sink(req.query.a || 'x')",
        "sink(String(req.query.a).toLowerCase().slice(1))",
        "sink(JSON.parse(req.body.a).b)",
        "sink(['x', req.query.a].join(''))",
        "sink(new URL(req.query.a).hostname)",
        "sink((await request.json()).a)",
        "for (const a of req.body.list) { sink(a) }",
        "const f = () => sink(a); const a = req.query.a;",
        "function f(req) { const a = req.query.a; return () => { sink(a) } }",
        "const a: string = req.query.a as string; sink(a!)",
        "class C { m(@Body() a: string) { sink(a) } }",
        "const id = event.pathParameters.id; sink(id)",
        "sink({ a: req.query.a })",
    ],
)
def test_what_a_client_writes_is_remote(text: str) -> None:
    assert _origin(text).kind == "remote"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("sink('a' + 1 + `b ${2}`)", "constant"),
        ("const a = 'x'; sink(a)", "constant"),
        ("const a = { b: 'x' }; sink(a[req.query.b])", "constant"),
        ("let a = req.query.a; a = 'x'; sink(a)", "constant"),
        ("sink(b ? 'x' : 'y')", "constant"),
        ("sink(Number(req.query.a))", "clean"),
        ("sink(req.query.a.length)", "clean"),
        ("sink(typeof req.query.a)", "constant"),
        ("sink(req.query.a === 'x')", "constant"),
        ("sink(process.env.A)", "clean"),
        ("sink(`${__dirname}/a`)", "clean"),
        ("sink(MAX_SIZE)", "clean"),
        ("sink(req.query.a.replace(/[^a-z]/g, ''))", "clean"),
        ("if (!list.includes(req.query.a)) { stop() } sink(req.query.a)", "clean"),
        ("if (!list.includes(req.query.a)) { console.log(1) } sink(req.query.a)", "remote"),
        ("if (list.includes(req.query.a)) { return } sink(req.query.a)", "remote"),
        ("if (denied.includes(req.query.a)) { return } sink(req.query.a)", "clean"),
        ("let a = req.query.a; if (!list.includes(a)) { a = 'x' } sink(a)", "clean"),
        ("if (list.includes(req.query.a)) { sink(req.query.a) }", "clean"),
        ("const a = req.query.a; if (!/^x$/.test(a)) throw e; sink(a)", "clean"),
        (
            "const a = req.query.a; const b = 'x' + a; if (!b.startsWith('xy')) stop(); sink(b)",
            "clean",
        ),
        ("sink(list.includes(req.query.a) ? req.query.a : 'x')", "clean"),
        ("sink(a)", "unknown"),
        ("function f(a) { sink(a) }", "unknown"),
        ("sink(load(req.query.a))", "unknown"),
        ("function f() { const a = req.query.a } sink(a)", "unknown"),
        ("{ const a = req.query.a } sink(a)", "unknown"),
        ("const req = load(); sink(req.query.a)", "unknown"),
        ("const request = require('request'); sink(request.get(a))", "unknown"),
        ("sink(process.argv[2])", "local"),
        ("sink(location.hash.slice(1))", "page"),
        ("sink(new URLSearchParams(window.location.search).get('a'))", "page"),
        ("function f(location) { sink(location.hash) }", "unknown"),
        ("addEventListener('message', (e) => sink(e.data))", "page"),
        ("addEventListener('click', (e) => sink(e.data))", "unknown"),
        ("self.onmessage = (m) => { sink(m.data) }", "page"),
    ],
)
def test_everything_else_is_what_it_is(text: str, kind: str) -> None:
    assert _origin(text).kind == kind


def test_a_check_in_another_function_or_of_another_name_counts_for_nothing() -> None:
    other = (
        "function g(a) { if (!ok.has(a)) stop() }function f(req) { const a = req.query.a; sink(a) }"
    )
    assert _origin(other).kind == "remote"
    longer = "const a = req.query.a; if (!list.includes(x.a)) stop(); if (!has(ab)) stop(); sink(a)"
    assert _origin(longer).kind == "remote"
    assert _origin("const a = req.query.a; sink(a); if (!list.includes(a)) stop()").kind == "remote"


def test_what_cleans_for_one_sink_does_not_for_another() -> None:
    text = "sink(path.basename(req.query.a))"
    assert _origin(text, FOR_PATH).kind == "clean"
    assert _origin(text).kind == "unknown"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("const { exec: sink } = require('child_process'); sink()", "@child_process.exec"),
        ("const cp = require('node:child_process'); cp.sink()", "@child_process.sink"),
        ("import { exec as sink } from 'child_process'; sink()", "@child_process.exec"),
        ("import * as fs from 'fs'; fs.promises.sink()", "@fs.promises.sink"),
        ("import sink from 'md5'; sink()", "@md5"),
        (
            "const sink = util.promisify(require('child_process').exec); sink()",
            "@child_process.exec",
        ),
        ("const a = b.c; a.sink()", "b.c.sink"),
        ("this.db.sink()", "this.db.sink"),
        ("f().sink()", None),
        ("const a = f(); a.sink()", None),
    ],
)
def test_a_path_goes_through_imports_and_aliases(text: str, path: str | None) -> None:
    code = ScriptCode(text, "javascript")
    (call,) = code.calls("sink")
    assert origins(code).paths.of(call.callee) == path


def test_functions_under_other_names_are_known_by_their_own() -> None:
    code = ScriptCode("import { exec as run } from 'child_process'; run(a); exec(b)", "javascript")
    assert origins(code).paths.aliases == {"exec": ("run",)}
