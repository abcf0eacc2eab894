"""What the tests of fixes share: texts in which « and » mark the finding, and what they become."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from analyzers.code import Code
from analyzers.finding import Finding, Fix, Span
from analyzers.fixes.writing import applied

FixFunction = Callable[[Code, Finding], Fix | None]
Mend = Callable[[FixFunction, str], str | None]


@pytest.fixture
def mend() -> Mend:
    """From a fix and a marked text to the text that has the fix; None where there is none."""

    def mended(fix: FixFunction, marked: str) -> str | None:
        start = marked.index("«")
        end = marked.index("»") - 1
        text = marked.replace("«", "").replace("»", "")
        code = Code(text, ast.parse(text))
        made = fix(code, Finding("a-rule", 1, "high", "high", Span(start, end), "unsafe"))
        if made is None:
            return None
        assert made.title
        after = applied(text, made.edits)
        ast.parse(after)
        assert after != text
        return after

    return mended
