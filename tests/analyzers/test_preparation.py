"""What is done before a check, which changes how long it takes and nothing else."""

from __future__ import annotations

import pytest

from analyzers.bounded_cache import forget_all
from analyzers.check import check_prefixes, prepare
from analyzers.delta import Insertion
from analyzers.finding import Span
from analyzers.javascript import index, reading
from analyzers.javascript.grammars import Change, Dialect, Parsed
from analyzers.javascript.reading import remember
from analyzers.preparation import load

SCRIPT = "const { exec } = require('child_process');\n" + "function f(a) { return a; }\n" * 40
PYTHON = "import os\n\n\ndef f(request):\n    a = request.args['a']\n    \n"


@pytest.mark.parametrize(
    ("document", "text", "language"),
    [
        (PYTHON, "os.system(a)", "python"),
        (PYTHON, "b = 1", "python"),
        (SCRIPT, "exec(req.query.a);\n", "javascript"),
    ],
)
def test_a_check_says_the_same_with_and_without_it(document: str, text: str, language: str) -> None:
    insertion = Insertion(Span(len(document) - 1, len(document) - 1), text)
    forget_all()
    plain = check_prefixes(document, insertion, language)
    forget_all()
    prepare(document, insertion.span, language)
    assert check_prefixes(document, insertion, language) == plain


def test_of_a_script_like_a_remembered_one_only_the_change_is_gathered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changes: list[object] = []
    gathered = index.gathered

    def counted(parsed: Parsed, dialect: Dialect, change: Change | None = None) -> object:
        changes.append(change)
        return gathered(parsed, dialect, change)

    monkeypatch.setattr(reading, "_base", {})
    remember(SCRIPT, "javascript")
    monkeypatch.setattr(index, "gathered", counted)
    read = reading.read(SCRIPT + "g(1);\n", "javascript")
    assert len(read.code.calls("g")) == 1
    assert changes
    assert None not in changes


@pytest.mark.parametrize("language", ["python", "JavaScript", "typescript", "vue", "rust", ""])
def test_any_language_can_be_loaded(language: str) -> None:
    load(language)
    load(language)


@pytest.mark.parametrize("span", [Span(-1, 2), Span(5, 1), Span(0, 10**6)])
def test_a_place_outside_of_the_document_is_passed_over(span: Span) -> None:
    prepare("x = 1\n", span, "python")
