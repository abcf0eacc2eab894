"""What the fast way through a script's beginnings spares would not have counted."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.check import Insertion, check_prefixes
from analyzers.finding import Span
from analyzers.incremental import Place
from analyzers.policy import DEFAULT
from analyzers.prefixes import counted_ends
from analyzers.project import NO_PROJECT
from analyzers.script_prefixes import needed
from tests.analyzers.plain_place import BUDGET_S, plainly_checked
from tests.analyzers.samples import IS_FULL

_ABOVE = (
    'app.get("/x", (req, res) => {\n  const name = req.query.name;\n  let x = "a";\n',
    "async function f(event, context, b) {\n  let x = {};\n  const self = this;\n",
    'addEventListener("message", (e) => {\n  let x = `a ${b} c`;\n',
    "{\n  // don't request it\n  let x =\n",
)
_STATEMENTS = (
    "x = req.query.a.length;", "x = location.hash.length;", "x = name.length > 3 ? 'a' : 'b';",
    "x = Number(event.body);", "const { query } = req;", "x = req;", "x = req.body_of;",
    "x = request_id;", "eval(x.length);", "el.innerHTML = `<b>${x.length}</b>`;",
    "jwt.verify(t, key, { algorithms: ['none_'] });", "const z = { strictSSL: false || true };",
    "// eval(name)\n", "x = /req.query.a(/.test(b);", "x = `${req.query.a.length}`;", "`${x", "}",
    "x = <b>{name.length}</b>;", "x = req\n    .query\n    .a\n    .length;", "x = e.data.length;",
    "// of a name, b", "x = req.query.a; // then it is\n  x = 1;",
    "x = ok ? req.query.x : 'x';", "x = self.name.length;", "return x;", "f(req.query.a, x);",
)  # fmt: skip
_BELOW = (
    "\n  eval(x);\n", "\n  (x);\n", "\n  .length;\n  eval(x);\n", "\n  eval(x.query.z);\n", " ;\n",
    "query.a;\n  eval(x);\n", "'\n", "`;\n  eval(x);\n", "\n  /a/.test(x);\n  exec('ls ' + x);\n",
)  # fmt: skip


@given(
    st.sampled_from(_ABOVE),
    st.lists(st.sampled_from(_STATEMENTS), min_size=1, max_size=3),
    st.sampled_from(_BELOW),
    st.sampled_from(("javascript", "typescript", "typescriptreact")),
)
@settings(max_examples=600 if IS_FULL else 80, deadline=None)
def test_the_fast_way_says_what_checking_every_prefix_says(
    above: str, lines: list[str], below: str, language: str
) -> None:
    end = "});\n" if "(" in above.split("{")[0][-12:] and "function" not in above else "}\n"
    document = f"{above}  {below}{end}"
    at = len(above) + 2
    insertion = Insertion(Span(at, at), "\n  ".join(lines))
    plain = plainly_checked(document, insertion, language=language)
    fast = check_prefixes(document, insertion, language)
    assert (fast.verdict, fast.prefix, fast.text) == (plain.verdict, plain.prefix, plain.text)
    assert fast.findings == plain.findings


def test_a_prefix_that_takes_from_a_request_what_the_whole_makes_harmless_blocks() -> None:
    above = _ABOVE[0]
    document = f"{above}  \n  eval(x);\n}});\n"
    insertion = Insertion(Span(len(above) + 2, len(above) + 2), "x = req.query.a ? 1 : 2;")
    report = check_prefixes(document, insertion, "javascript")
    assert (report.verdict, report.prefix) == ("block", "x = req.query")


def test_where_nothing_comes_from_outside_no_rule_that_follows_data_is_asked() -> None:
    document = "function f(a) {\n  \n  eval(a);\n}\n"
    insertion = Insertion(Span(18, 18), "a = b.c + d;")
    place = Place(document, insertion, "javascript", NO_PROJECT, BUDGET_S)
    assert all(not asked for _, asked in needed(place, DEFAULT, counted_ends(place)))


def test_of_the_beginnings_of_a_comment_one_is_looked_at() -> None:
    document = "function f(req) {\n  \n  eval(req.query.a);\n}\n"
    insertion = Insertion(Span(20, 20), "g(); // of all that is there\n  h();")
    place = Place(document, insertion, "javascript", NO_PROJECT, BUDGET_S)
    asked = [
        insertion.text[:end] for end, rules in needed(place, DEFAULT, counted_ends(place)) if rules
    ]
    assert [text for text in asked if "//" in text and "h" not in text.partition("\n")[2]] == [
        "g(); //"
    ]


def test_a_word_in_a_comment_is_no_check() -> None:
    document = (
        "const { exec } = require('child_process');\n"
        "function name(req) {\n  // it may throw an error\n  return req.query.name;\n}\n"
        "app.get('/', (req, res) => {\n  \n});\n"
    )
    at = document.index("\n});")
    report = check_prefixes(document, Insertion(Span(at, at), "exec(name(req));"), "javascript")
    assert [finding.rule for finding in report.findings] == ["js-command-injection"]
