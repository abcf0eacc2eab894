"""What is said to come from nowhere outside is never found to do so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analyzers.check import scan
from analyzers.finding import Span
from analyzers.javascript.foreign import may_be_foreign
from analyzers.javascript.grammars import parse
from analyzers.policy import DEFAULT, Policy
from analyzers.registry import rules
from analyzers.relevance import of_foreign_alone

# Each runs what a client or a page wrote.
_FOREIGN = (
    "eval(req.query.a);",
    "eval(req?.query.a);",
    'eval(req["query"].a);',
    "eval((req).query.a);",
    "const r = req;\neval(r.body);",
    "const { body } = req;\neval(body);",
    "const { request: r } = ctx;\neval(r.body);",
    "const { body: { a } } = ctx.request;\neval(a);",
    "eval(this.req.params.a);",
    "eval(c.req.query);",
    "eval(event.pathParameters.id);",
    "eval(router.query.id);",
    "eval(location.hash);",
    "const w = window;\neval(w.location.hash);",
    "eval(document.cookie);",
    "eval(self.name);",
    "addEventListener('message', (e) => eval(e.data));",
    "onmessage = (e) => eval(e.data);",
    "const { query } = promisify(req);\neval(query);",
)
_OTHER = (
    "// a request has a query\neval(x);",
    "eval('req.query');",
    "const { query } = options;\neval(query);",
    "function f(req, res) { res.end(query); }",
    "const self = this;\neval(self.title + name);",
    "eval(context.depth + path);",
    "eval(node.location);",
)


@pytest.mark.parametrize("text", _FOREIGN)
def test_what_comes_from_outside_is_seen_wherever_the_insertion_is(text: str) -> None:
    data = text.encode()
    assert any(f.rule == "js-code-injection" for f in scan(text, "javascript").findings)
    padded = b";" * 200 + b"\n" + data + b"\n" + b";" * 200
    for at in (0, 201, 201 + len(data), len(padded)):
        assert may_be_foreign(parse(padded, "javascript"), Span(at, at))


@pytest.mark.parametrize("text", _OTHER)
def test_words_that_read_nothing_do_not_count(text: str) -> None:
    data = b";" * 200 + b"\n" + text.encode() + b"\n"
    assert not may_be_foreign(parse(data, "javascript"), Span(0, 0))


def test_in_the_insertion_itself_every_name_counts_since_it_may_end_early() -> None:
    data = b"const { query } = r;\nf(req.method);"
    assert not may_be_foreign(
        parse(b";" * 200 + b"\n" + data[21:] + b"\n", "javascript"), Span(0, 0)
    )
    assert may_be_foreign(parse(data, "javascript"), Span(21, len(data)))


def test_rules_that_ask_for_origins_are_sure_of_nothing_else() -> None:
    names = of_foreign_alone(frozenset(rules()), DEFAULT)
    assert "js-code-injection" in names
    assert "js-tls-off" not in names
    for name in names:
        source = _source(name)
        if rules()[name].rule.severity == "high":
            assert not re.search(r"code\.finding\(", source), name
        assert not re.search(r"(?:unknown|local|plain)=\(\"high\", \"high\"\)", source), name


def test_a_rule_that_the_policy_names_may_block_what_comes_from_anywhere() -> None:
    policy = Policy(rules={"js-code-injection": "block"})
    assert "js-code-injection" not in of_foreign_alone(frozenset(rules()), policy)


def _source(name: str) -> str:
    path = rules()[name].module.__file__
    assert path is not None
    return Path(path).read_text("utf-8")
