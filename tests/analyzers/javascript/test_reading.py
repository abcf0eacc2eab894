"""Half-typed scripts are read where they can be, and said to be unread where not."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analyzers.check import Insertion, check, scan
from analyzers.deadline import Deadline
from analyzers.finding import Span
from analyzers.javascript.grammars import parse
from analyzers.javascript.reading import ScriptReading, parsed, read
from analyzers.registry import rules

_PIECES = (
    "f(a);\n", "const x = `a ${b}`", "}\n", "if (a) {\n", "return x;\n", "(", "{", "`", "${", "/*",
    "*/", "'a'\n", "=> {\n", ");\n", "eval(b);\n", "const {a} = b;\n", "<b>", "</b>", "/a(/", ";",
    "async ", "[", "]", "class A {\n", "m(b) { g(b); }\n",
)  # fmt: skip
_LANGUAGES = ["javascript", "javascriptreact", "typescript", "typescriptreact"]


def _read(
    before: str, inserted: str, after: str = "", language: str = "javascript"
) -> ScriptReading:
    return read(before + inserted + after, language, Span(len(before), len(before + inserted)))


@pytest.mark.parametrize(
    ("before", "inserted", "after", "level"),
    [
        ("const a = 1;\n", "f(a);\n", "g();\n", "whole file"),
        ("function f() {\n", "  g();\n", "", "repaired"),
        ("function f() {\n", "  if (a) {\n    g(b, ", "", "repaired"),
        ("const x = ", "a ? b", "", "repaired"),
        ("const x = ", "", "", "repaired"),
        ("class A {\n", "  f(a, b", "", "repaired"),
        ("for (", "const a", "", "repaired"),
        ("f(", "a, (b) =>", "", "repaired"),
        ("f();\n", "g();\n", "h(((;\n", "repaired"),
        ("if (a) {\n", "} else {\n  f();\n", "", "repaired"),
        ("@@ ## (;\n", "f(a);\n", "%% ((\n", "fragment"),
        ("a\n", "@@ ## '(;\n", "", "not checkable"),
    ],
)
def test_the_level_says_how_much_was_read(
    before: str, inserted: str, after: str, level: str
) -> None:
    reading = _read(before, inserted, after)
    assert reading.level == level
    assert bool(reading.why) == (level == "not checkable")


@pytest.mark.parametrize(
    "text",
    [
        "  f(a);\n});\n",
        "} else {\n  f(a);\n}\n",
        "} catch (error) {\n  f(error);\n}\n",
        "  f(a);\n}\n\ng();\n",
        "function f() {\n  g(",
        "method(a) {\n  return a;\n}\n",
        "key: value,\nother: f(a)\n",
    ],
)
def test_a_fragment_of_a_file_is_read(text: str) -> None:
    assert read(text, "javascript").level == "repaired"


def test_findings_of_a_repaired_text_stand_where_they_stand_in_it() -> None:
    """Though the repair writes something before it."""
    text = "  eval(req.query.é);\n});\n"
    report = scan(text, "javascript")
    assert report.level == "repaired"
    (finding,) = report.findings
    assert text[finding.span.start : finding.span.end] == "eval(req.query.é)"


def test_an_open_end_is_told() -> None:
    assert _read("f(", "a, b").is_open
    assert not _read("f(a);\n", "g();\n", "h((").is_open


@pytest.mark.parametrize("language", _LANGUAGES)
def test_an_insertion_brings_what_it_completes(language: str) -> None:
    """The source stands in the document, the sink comes."""
    document = "app.get('/', (req, res) => {\n  const name = req.query.name;\n\n});\n"
    at = document.index("\n\n") + 1
    insertion = Insertion(Span(at, at), "  exec(`ls ${name}`);")
    report = check(document, insertion, language)
    assert [finding.rule for finding in report.findings] == ["js-command-injection"]
    assert report.verdict == "block"
    assert report.level == "whole file"
    clean = check(document, Insertion(Span(at, at), "  execFile('ls', [name]);"), language)
    assert (clean.verdict, clean.findings) == ("allow", ())


def test_what_was_there_before_is_not_brought() -> None:
    document = "eval(req.query.a);\n"
    insertion = Insertion(Span(len(document), len(document)), "f();\n")
    assert check(document, insertion, "javascript").findings == ()


@pytest.mark.parametrize("language", _LANGUAGES)
def test_every_prefix_of_a_file_is_read_and_harms_nothing(language: str) -> None:
    text = (
        "import { exec } from 'child_process';\nexport const run = async (req) => {\n"
        "  const name = `a ${req.query.b ? '(' : \"[\"}`; // it's\n  exec(name);\n};\n"
    )
    for end in range(len(text)):
        report = scan(text[:end], language)
        assert not report.problems
    assert scan(text, language).level == "whole file"


_TOKENS = st.lists(
    st.sampled_from(
        ["eval(", "req.query", ".x", ")", "(", "{", "}", "[", "]", "`", "${", "'", '"', "/", "=>",
         "é",
         "const ", "a", " = ", ";", "\n", "<a", "/>", "function ", "class ", "exec(", "new RegExp(",
         ".innerHTML", "db.query(", "SELECT 1", "+", "for (k in o) ", "o[k]", ":", "?", ",",
         "\ud800",
         "import ", "from ", "@", "res.send(", "\0", "location", "Math.random()", "token", "...",
         "async "]
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=150)
@given(_TOKENS, st.sampled_from(_LANGUAGES), st.integers(0, 25), st.integers(0, 25))
def test_no_text_makes_anything_fail(tokens: list[str], language: str, one: int, two: int) -> None:
    start, end = sorted((one, two))
    document = "".join(tokens[:start] + tokens[end:])
    at = len("".join(tokens[:start]))
    report = check(document, Insertion(Span(at, at), "".join(tokens[start:end])), language)
    assert not report.problems
    assert all(0 <= f.span.start < f.span.end <= len("".join(tokens)) for f in report.findings)


@settings(max_examples=100)
@example(["import ", "(", "req.query"])
@given(_TOKENS)
def test_a_rule_finds_nothing_in_text_without_its_words(tokens: list[str]) -> None:
    text = "".join(tokens)
    code = read(text, "javascript").code
    for registered in rules().values():
        rule = registered.rule
        if "javascript" in rule.languages and not any(w in text.lower() for w in rule.words):
            assert registered.find is not None
            assert list(registered.find(code)) == []


def test_deep_and_long_texts_end() -> None:
    """Depths at which recursion would fail, and chains that a naive walk takes squared."""
    for text in (
        "eval(" + "(" * 5000 + "a" + ")" * 5000 + ")",
        "eval(" + "a+" * 5000 + "a)",
        "x = " + "[" * 3000,
        "eval(" + "a.b" + ".c" * 5000 + ")",
        "".join(f"const a{i + 1} = a{i} + a{i};\n" for i in range(300)) + "eval(a300)",
        "let a = a;\neval(a);\n" * 50,
        "`${" * 2000,
    ):
        assert not scan(text, "javascript").problems


def test_no_repair_is_tried_after_the_deadline() -> None:
    text = "function f() {\n  g(b, "
    inserted = Span(0, len(text))
    assert read(text, "javascript", inserted, Deadline.after(60.0)).level == "repaired"
    over = read(text, "javascript", inserted, Deadline.after(-1.0))
    assert over.level == "not checkable"
    assert "too slow" in over.why


_HISTORIES = (
    (),
    ("return x;\nif (a) {\n",),
    ("eval(req.query.a);\nclass A {\n", "f(a);\nif (a) {\n"),
    ("f(`${a}`);\n", ");\n", "return x;\nif (a) {\n"),
)


@pytest.mark.parametrize("language", _LANGUAGES)
@pytest.mark.parametrize(
    "text", [");\nif (a) {\n", ");\nclass A {\n", "]f(a);\nif (a) {\n", "(return x;\nclass A {\n"]
)
def test_what_is_read_of_a_broken_script_does_not_depend_on_what_was_read_before(
    text: str, language: str
) -> None:
    seen = []
    for history in _HISTORIES:
        for other in history:
            read(other, language)
        reading = read(text, language, Span(len(text), len(text)))
        seen.append((reading.level, reading.why, reading.errors, str(reading.code.tree.root_node)))
    assert seen == seen[:1] * len(_HISTORIES)


@given(
    st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6),
    st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6),
)
@settings(max_examples=200, deadline=None)
def test_what_parses_parses_after_any_other_text(before: list[str], pieces: list[str]) -> None:
    text = "".join(pieces)
    read("".join(before), "javascript")
    after = parsed(text, "javascript").tree.root_node
    alone = parse(text.encode(), "javascript").tree.root_node
    assert after.has_error == alone.has_error
    if not alone.has_error:
        assert str(after) == str(alone)
