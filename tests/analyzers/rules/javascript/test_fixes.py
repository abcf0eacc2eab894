"""What a rule for scripts offers takes its finding away and leaves a script that parses."""

from __future__ import annotations

import pytest

from analyzers.check import scan
from analyzers.finding import Fix
from analyzers.javascript.reading import read
from analyzers.registry import rules


def _applied(text: str, fix: Fix) -> str:
    for edit in reversed(fix.edits):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


@pytest.mark.parametrize("language", ["javascript", "typescript"])
@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ('crypto.createHash("md5").update(a);', 'crypto.createHash("sha256").update(a);'),
        ("/* é */ f({ rejectUnauthorized: false });", "/* é */ f({ rejectUnauthorized: true });"),
        (
            "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';",
            'process.env.NODE_TLS_REJECT_UNAUTHORIZED = "1";',
        ),
        ("a.innerHTML = location.hash;", "a.textContent = location.hash;"),
        (
            "res.cookie('session', id, { httpOnly: false, secure: true });",
            "res.cookie('session', id, { httpOnly: true, secure: true });",
        ),
        ("app.use(session({ cookie: { secure: false } }));",
         "app.use(session({ cookie: { secure: true } }));"),
    ],
)  # fmt: skip
def test_a_fix_mends(text: str, fixed: str, language: str) -> None:
    (finding,) = scan(text, language).findings
    registered = rules()[finding.rule]
    assert registered.fix is not None
    fix = registered.fix(read(text, language).code, finding)
    assert fix is not None
    assert _applied(text, fix) == fixed
    assert scan(fixed, language).findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "a.innerHTML = '<b>' + location.hash;",
        "const kind = 'md5'; crypto.createHash(kind);",
        "res.cookie('session', id);",
        "tls.connect({ checkServerIdentity: () => undefined });",
    ],
)
def test_what_cannot_be_mended_in_place_is_not_touched(text: str) -> None:
    (finding,) = scan(text, "javascript").findings
    registered = rules()[finding.rule]
    assert registered.fix is not None
    assert registered.fix(read(text, "javascript").code, finding) is None
