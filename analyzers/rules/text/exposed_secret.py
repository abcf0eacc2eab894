"""A secret that everybody can read who can read the file

## What it does
Looks in text of any language, comments included, for secrets that are known by their form: keys and
tokens of providers (AWS, GitHub, GitLab, Slack, Stripe, Google, OpenAI, Azure and others), private
keys, passwords in addresses (`scheme://user:password@host`), and, outside of Python, literals
under names such as `password`, `apiKey` or `client_secret`. Placeholders and templates are none.

## Why is this bad?
Whoever gets the file has the secret: colleagues, the history of the repository, a backup, a package
that was published by mistake. It cannot be changed without changing the program.

## Example
```js
const apiKey = "tk7-93hd82...";
```

## Use instead
```js
const apiKey = process.env.API_KEY;
```
Change a secret that was in a file once: deleting the line does not delete the history.

## References
- CWE-798: Use of Hard-coded Credentials
- OWASP: Secrets Management Cheat Sheet
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.finding import Confidence, Finding, Severity, Span
from analyzers.fixes import passwords
from analyzers.patterns.providers import WORDS, known_secrets
from analyzers.patterns.secrets import is_placeholder, weight
from analyzers.rule import Rule
from analyzers.span_set import SpanSet

_NAMED_WORDS = ("pass", "pwd", "pw", "secret", "credential", "key", "token")
RULE = Rule(
    "exposed-secret",
    cwe=798,
    severity="high",
    confidence="high",
    languages=("any",),
    words=(*WORDS, *_NAMED_WORDS, "://"),
)
fix = passwords.to_environment
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "0.0.0.0", "[::1]", "db", "host", "postgres", "redis")
_ADDRESS = re.compile(
    r"(?<=[a-z0-9])://[^\s:/?#@\"'<>{}$%\[\]]{1,64}:"
    r"(?P<secret>[^\s/@\"'<>{}$%\[\]]{3,128})@(?P<host>[^\s/:\"'?@]{1,255})"
)
_NAME = r"(?P<name>[A-Za-z_$][\w$-]{0,60})"
_QUOTED = r"(?P<quote>[\"'`])(?P<secret>[^\"'`\n]{3,200})(?P=quote)"
# host=db.corp.net user=app password=...; Server=db;User Id=app;Password=...;
_SETTINGS = re.compile(
    r"(?i)\b(?:host|server|dbname|database|user|user id|uid|data source)\s?=[^\"'\n,()]{0,200}?"
    r"[\s;](?:password|passwd|pwd)\s?=\s?(?P<secret>[^\s;,\"'<>{}()\[\]$%]{4,100})"
)
# Each needs something that Python's assignments lack; those are read from its tree, which knows
# more. What both see, the rule for Python leaves to this one.
_FORMS = (
    # const apiKey = "..."; String password = "..."; static final char *key = "...";
    re.compile(
        r"\b(?:const|let|var|val|final|static|string|String|String\?|char|auto|public|private"
        rf"|readonly)\b[\w\s*&<>\[\]:,?]{{0,40}}?\b{_NAME}\b[\s:\w?]{{0,20}}=\s*{_QUOTED}"
    ),
    # password := "...", :password => "...", $password = '...'; and anything that ends in ";"
    re.compile(rf"(?<![\w$]){_NAME}[\"']?\s*(?::=|=>)\s*{_QUOTED}"),
    re.compile(rf"\${_NAME}\s*=\s*{_QUOTED}"),
    re.compile(rf"\b{_NAME}\s*=\s*{_QUOTED}\s*;"),
    # {password: "..."} without quotes around the name, and JSON
    re.compile(rf"(?<![\w.\"'$]){_NAME}\s*:\s*{_QUOTED}"),
    re.compile(rf'"{_NAME}"\s*:\s*(?P<quote>")(?P<secret>[^"\n]{{3,200}})"'),
    # PASSWORD=... in a file of settings, password: ... in YAML
    re.compile(r"^(?:export )?(?P<name>[A-Z][A-Z0-9_]{2,60})=(?P<secret>[^\s\"'#;]{6,200})$"),
    re.compile(
        r"^[ \t-]*(?P<name>[a-z][\w-]{1,60}):[ \t]+"
        r"(?P<secret>[^\s\"'#;,()\[\]{}]{8,200})$"
    ),
)  # fmt: skip
_MAX_LINE = 2_000  # More is no line that somebody wrote.
_UNQUOTED = len(_FORMS) - 1
_JSON = 5
# The function around it is a test, which logs in as it likes.
_DEFINITION = re.compile(r"[ \t]*(?:async )?def ")
_TEST = re.compile(r"[ \t]*(?:async )?def test_")


def find(text: str) -> Iterator[Finding]:
    """Secrets of known forms, then those in addresses and under names."""
    lowered = text.lower()
    taken = SpanSet()
    for known in known_secrets(text):
        taken.add(known.span)
        severity = known.provider.severity if known.confidence != "low" else "medium"
        message = f"this looks like a {known.provider.title}; take it from the environment"
        yield _finding(known.span, message, severity, known.confidence)
    for span, message, severity, confidence in (*_addresses(text), *_named(text, lowered)):
        if not taken.overlaps(span):
            taken.add(span)
            yield _finding(span, message, severity, confidence)


_Seen = tuple[Span, str, Severity, Confidence]


def _finding(span: Span, message: str, severity: Severity, confidence: Confidence) -> Finding:
    return Finding(RULE.name, RULE.cwe, severity, confidence, span, message)


def _addresses(text: str) -> Iterator[_Seen]:
    at = text.find("://")
    while at >= 0:
        match = _ADDRESS.match(text, at)
        at = text.find("://", at + 3)
        if match is None:
            continue
        secret, host = match["secret"], match["host"].lower()
        if not is_placeholder(secret) and secret not in ("guest", "root", "admin"):
            own = host in _LOCAL_HOSTS or "example" in host
            message = f"the password for {match['host']} stands in this address"
            yield Span(*match.span("secret")), message, "low" if own else "medium", "medium"


def _named(text: str, lowered: str) -> Iterator[_Seen]:
    for start, end in _lines_with_names(text, lowered):
        line = text[start:end]
        for match in _SETTINGS.finditer(line):
            weighed = weight("password", match["secret"])
            if weighed is not None:
                at = match.start("secret") + start
                span = Span(at, at + len(match["secret"]))
                yield span, "the password stands in this text; take it from outside", *weighed
        for number, form in enumerate(_FORMS):
            for match in form.finditer(line):
                name, secret = match["name"], match["secret"]
                weighed = weight(name, secret)
                unclear = number == _UNQUOTED and not any(c.isdigit() for c in secret)
                if number == _JSON and weighed == ("medium", "medium"):
                    unclear = _is_in_test(text, start)
                if weighed is not None and not unclear:
                    message = f"{name} is a literal in the text; take it from the environment"
                    at = match.start("secret") + start
                    yield Span(at, at + len(secret)), message, *weighed


def _is_in_test(text: str, at: int) -> bool:
    """Whether the innermost function of Python around the line that begins there is a test."""
    indent = _indent(text[at : at + _MAX_LINE])
    while indent and at > 0:
        start = text.rfind("\n", 0, at - 1) + 1
        line = text[start:at]
        at = start
        if line.strip() and _indent(line) < indent:
            indent = _indent(line)
            if _DEFINITION.match(line):
                return _TEST.match(line) is not None
    return False


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _lines_with_names(text: str, lowered: str) -> list[tuple[int, int]]:
    """Where the lines are that say one of the words and give something a value."""
    if len(lowered) != len(text):
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    found: dict[int, int] = {}
    for word in _NAMED_WORDS:
        at = lowered.find(word)
        while at >= 0:
            start = text.rfind("\n", 0, at) + 1
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            if text.find("=", start, end) >= 0 or text.find(":", start, end) >= 0:
                found[start] = min(end, start + _MAX_LINE)
            at = lowered.find(word, end)
    return sorted(found.items())
