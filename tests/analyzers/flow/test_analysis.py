from __future__ import annotations

import ast
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.check import scan
from analyzers.code import Code
from analyzers.finding import Finding, Span
from analyzers.flow.analysis import analysis
from analyzers.flow.sinks import Sink
from analyzers.registry import RegisteredRule, rules

FIXTURES = Path(__file__).parents[1] / "rules" / "fixtures" / "python"
_OURS = {
    name: registered
    for name, registered in rules().items()
    if any(
        isinstance(value, Sink) or (isinstance(value, tuple) and Sink in map(type, value))
        for value in vars(registered.module).values()
    )
}
_TEXTS = {path.stem: path.read_text() for path in sorted(FIXTURES.glob("*.py"))}
_MINE = [registered.module.__name__.rpartition(".")[2] for registered in _OURS.values()]


def _found(text: str) -> list[Finding]:
    code = Code(text, ast.parse(text))
    found: list[Finding] = []
    for registered in _OURS.values():
        assert registered.find is not None
        found += registered.find(code)
    return found


def _verdicts(text: str) -> Counter[tuple[str, str]]:
    return Counter((finding.rule, finding.confidence) for finding in _found(text))


class _Renamed(ast.NodeTransformer):
    """Gives every local variable of every function another name."""

    def __init__(self, tree: ast.Module) -> None:
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        local: set[str] = set()
        others: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.arg):
                others.add(node.arg)
            elif isinstance(node, ast.alias):
                others.add(node.asname or node.name.partition(".")[0])
            elif isinstance(node, functions):
                local |= _stored(node.body)
            elif isinstance(node, ast.ClassDef | ast.Module):
                kinds = (*functions, ast.ClassDef)
                others |= _stored([s for s in node.body if not isinstance(s, kinds)])
        local -= others
        self._names = {name: f"v{number}" for number, name in enumerate(sorted(local))}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._names.get(node.id, node.id)
        return node


def _stored(body: Sequence[ast.stmt]) -> set[str]:
    names = (node for statement in body for node in ast.walk(statement))
    return {n.id for n in names if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


class _Padded(ast.NodeTransformer):
    """Puts code that does nothing, or is never reached, before every statement of a function."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        padding = ast.parse("unused = [1, {'a': 2}]\nif 1 > 2:\n    unused = open('x')\n").body
        node.body = [new for statement in node.body for new in (*padding, statement)]
        return node


@pytest.mark.parametrize("name", _MINE)
def test_other_names_dead_code_and_formatting_change_no_verdict(name: str) -> None:
    text = _TEXTS[name]
    expected = _verdicts(text)
    assert expected
    assert _verdicts(ast.unparse(ast.parse(text))) == expected
    tree = ast.parse(text)
    renamed = ast.unparse(_Renamed(tree).visit(tree))
    assert renamed != ast.unparse(ast.parse(text))
    assert _verdicts(renamed) == expected
    padded = ast.unparse(_Padded().visit(ast.parse(text)))
    assert _verdicts(padded) == expected


@pytest.mark.parametrize("name", _OURS)
def test_every_sink_of_a_rule_holds_one_of_its_words(name: str) -> None:
    registered: RegisteredRule = _OURS[name]
    sinks = [
        sink
        for value in vars(registered.module).values()
        for sink in (value if isinstance(value, tuple) else (value,))
        if isinstance(sink, Sink)
    ]
    words = registered.rule.words
    missing = [n for sink in sinks for n in sink.names if not any(w in n.lower() for w in words)]
    # A method that is called has a bracket behind it.
    missing = [n for n in missing if not any(w in f"{n.lower()}(" for w in words)]
    assert not missing


def test_text_without_a_rules_words_holds_no_finding_of_it() -> None:
    n_found = 0
    for text in _TEXTS.values():
        for piece in (text, *re.split(r"\n(?=@|def |class |async )", text)):
            try:
                code = Code(piece, ast.parse(piece))
            except SyntaxError:
                continue
            for registered in _OURS.values():
                assert registered.find is not None
                if list(registered.find(code)):
                    n_found += 1
                    assert any(word in piece.lower() for word in registered.rule.words), piece
    assert n_found > 50


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(_TEXTS)), st.integers(0, 10**6))
def test_no_text_makes_it_fail(name: str, seed: int) -> None:
    chance = random.Random(seed)
    lines = _TEXTS[name].split("\n")
    other = _TEXTS[chance.choice(sorted(_TEXTS))].split("\n")
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(lines))
        kind = chance.randrange(3)
        if kind == 0:
            del lines[at : at + chance.randint(1, 3)]
        elif kind == 1:
            lines[at:at] = other[chance.randrange(len(other)) :][: chance.randint(1, 6)]
        else:
            lines[at] = lines[at].replace(chance.choice("()[],.:="), "", 1)
        lines = lines or ["pass"]
    text = "\n".join(lines)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    code = Code(text, tree)
    for registered in _OURS.values():
        assert registered.find is not None
        for finding in registered.find(code):
            assert 0 <= finding.span.start < finding.span.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 80 + "]" * 80,
        "x = " + "-" * 500 + "1",
        "def f():\n"
        + "".join("    " * n + "if x:\n" for n in range(1, 60))
        + "    " * 60
        + "x()\n",
        "def f(a):\n" + "    a = a + a\n" * 3000,
        "def f(a):\n"
        + "".join("    " * n + f"for a{n} in a:\n" for n in range(1, 19))
        + "    " * 19
        + "a.append(a1)\n",
        "\n".join(f"def f{n}(a):\n    return f{n + 1}(f{n + 1}(a))" for n in range(60)),
        "def f(a):\n    return f(f(f(a)))\n" * 30,
        "x = {}\n" + "".join(f"x['{n}'] = x\n" for n in range(2000)),
        "def f(a):\n" + "".join(f"    a{n} = [a, *a{n - 1}]\n" for n in range(1, 400)),
        "class A(A):\n    def __init__(self):\n        super().__init__()\n        A()\n",
    ],
    ids=range(10),
)
def test_work_is_bounded(text: str) -> None:
    started = time.process_time()
    analysis(Code(text, ast.parse(text)))
    assert time.process_time() - started < 2


def test_what_is_too_much_is_told_and_the_rest_is_still_looked_at() -> None:
    much = (
        "def much(a):\n"
        + "".join("    " * n + f"for a{n} in a:\n" for n in range(1, 19))
        + "    " * 19
        + "a.append(a1)\n"
    )
    text = f"import os\n{much}\ndef small(a):\n    os.system(a)\n"
    code = Code(text, ast.parse(text))
    assert not analysis(code).is_complete
    assert [finding.rule for finding in _found(text)] == ["command-injection"]


def test_only_functions_in_focus_are_run_and_what_they_call() -> None:
    text = (
        "import os\n"
        "def first(a):\n    os.system(a)\n"
        "def second(a):\n    _third(a)\n"
        "def _third(a):\n    os.system('x ' + a)\n"
    )
    start = text.index("def second")
    code = Code(text, ast.parse(text), Span(start, text.index("def _third")))
    assert [text.count("\n", 0, code.span(event.node).start) + 1
            for event in analysis(code).calls(("system",))] == [7]  # fmt: skip


def test_a_finding_shows_the_way_of_the_data() -> None:
    text = (
        "import os\nfrom flask import request\n"
        "def f():\n    name = request.args['name']\n    os.system('x ' + name)\n"
    )
    (finding,) = _found(text)
    shown = [(text[step.span.start : step.span.end], step.note) for step in finding.steps]
    assert shown == [
        ("request.args", "comes from request.args"),
        ("os.system('x ' + name)", "is used here"),
    ]


def test_one_analysis_is_made_for_all_rules() -> None:
    text = "import os\nos.system(x)\n"
    code = Code(text, ast.parse(text))
    assert analysis(code) is analysis(code)


def test_what_one_function_stores_outside_of_itself_another_finds() -> None:
    text = (
        "import os\nfrom flask import request\nlast = None\n"
        "def first():\n    global last\n    last = request.args['name']\n"
        "def second():\n    os.system(last)\n"
        "class Kept:\n"
        "    def first(self):\n        self.name = request.args['name']\n"
        "    def second(self):\n        os.system(self.name)\n"
    )
    assert [finding.confidence for finding in _found(text)] == ["high", "high"]


def test_a_files_own_functions_are_judged_by_what_the_file_gives_them() -> None:
    text = (
        "import os\n"
        "def _private(command):\n    os.system(command)\n"
        "def public(command):\n    os.system(command)\n"
        "def outer():\n"
        "    def inner(command):\n        os.system(command)\n"
        "    inner('ls')\n    _private('ls')\n    public('ls')\n"
    )
    assert [text.count("\n", 0, finding.span.start) + 1 for finding in _found(text)] == [5]


def test_what_follows_a_return_outside_of_functions_is_looked_at() -> None:
    assert [f.rule for f in _found("import os\nreturn x\nos.system(x)\n")] == ["command-injection"]
    assert _found("import os\ndef f(x):\n    return x\n    os.system(x)\n") == []


def test_code_that_data_cannot_be_followed_through_is_not_called_clean() -> None:
    text = "import os\n\n\ndef f(a):\n" + "    a = [b + a for b in (a, a)]\n" * 8_000
    report = scan(text + "    os.system(a)\n", "python")
    assert report.level == "not checkable"
    assert "more code here than data can be followed through" in report.why
