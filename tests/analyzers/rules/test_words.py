"""A rule's words and calls: text without any of them has no finding of the rule."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.flow.sinks import Sink
from analyzers.registry import RegisteredRule, rules
from analyzers.units import split
from analyzers.vocabulary import vocabulary

HERE = Path(__file__).parent
SOURCES = sorted((HERE / "fixtures" / "python").glob("*.py"))
SOURCES += sorted((HERE.parent / "secure").glob("*.py"))
_STATEMENTS = [
    (ast.get_source_segment(text, statement) or "", statement)
    for path in SOURCES
    for text in [path.read_text()]
    for statement in ast.parse(text).body
]


def findings(registered: RegisteredRule, text: str) -> list[Finding]:
    assert registered.find is not None
    if "python" in registered.rule.languages:
        return list(registered.find(Code(text, ast.parse(text))))
    return list(registered.find(text))


def rules_with_words() -> list[RegisteredRule]:
    """Of Python and of any text; scripts have parsers of their own."""
    return [
        each
        for each in rules().values()
        if each.rule.words and each.find is not None and {"python", "any"} & {*each.rule.languages}
    ]


def rules_that_say_no(text: str) -> list[RegisteredRule]:
    """Those that say of a text, without looking into it, that it has no finding of theirs."""
    said, lowered = vocabulary([text]), text.lower()
    return [
        each
        for each in rules_with_words()
        if not any(word in lowered for word in each.rule.words) or not said.may_hold(each.calls)
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_text_with_a_finding_has_a_word_of_its_rule(path: Path) -> None:
    text = path.read_text()
    for registered in rules_that_say_no(text):
        assert findings(registered, text) == [], registered.rule.name


@settings(max_examples=30)
@given(st.lists(st.sampled_from(_STATEMENTS), min_size=1, max_size=4))
def test_so_has_any_mixture_of_statements(parts: list[tuple[str, ast.stmt]]) -> None:
    text = "\n".join(source for source, _ in parts) + "\n"
    for registered in rules_that_say_no(text):
        assert findings(registered, text) == [], registered.rule.name


def sinks_of(value: object) -> Iterator[Sink]:
    if isinstance(value, Sink):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from sinks_of(each)


def test_the_calls_of_a_rule_hold_all_of_its_sinks() -> None:
    n_names = 0
    for registered in rules_with_words():
        for value in vars(registered.module).values() if registered.calls else ():
            for name in (name for sink in sinks_of(value) for name in sink.names):
                text = f"x{name}(y)" if name.startswith(".") else f"{name}(y)"
                assert vocabulary([text]).may_hold(registered.calls), (registered.rule.name, name)
                n_names += 1
    assert n_names > 150


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_unit_of_a_finding_and_the_imports_hold_a_call_of_its_rule(path: Path) -> None:
    text = path.read_text()
    units = split(text)
    imports = [text[span.start : span.end] for unit in units for span in unit.imports]
    for registered in rules_with_words():
        for finding in findings(registered, text) if registered.calls else ():
            around = [unit.text for unit in units if unit.span.overlaps(finding.span)]
            said = vocabulary([*imports, *around])
            assert said.may_hold(registered.calls), (registered.rule.name, around)


def test_words_are_in_lower_case() -> None:
    for registered in rules_with_words():
        assert all(word == word.lower() for word in registered.rule.words)
