"""A login that everybody on the way can read

## What it does
Reports telnet and FTP, SMTP and IMAP logins without TLS, LDAP binds over `ldap://` and requests
that send credentials (`auth=`) to an `http://` address, where the address is not the own machine.

## Why is this bad?
Name, password and content go over the network as they are; whoever is on the way has them.

## Example
```python
ftp = ftplib.FTP("files.corp.net", user, password)
```

## Use instead
```python
ftp = ftplib.FTP_TLS("files.corp.net", user, password)
```

## References
- CWE-319: Cleartext Transmission of Sensitive Information
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.patterns.calls import argument, keyword, named, names
from analyzers.patterns.constants import text_of
from analyzers.rule import Rule

RULE = Rule(
    "cleartext-protocol",
    cwe=319,
    severity="medium",
    confidence="high",
    aliases=("B312", "B321", "B401", "B402", "S312", "S321", "S401", "S402", "B415", "S415"),
    words=("telnet", "ftplib", "smtplib", "imaplib", "poplib", "ldap://", "http://", "pyghmi"),
)
_OWN = ("http://localhost", "http://127.", "http://[::1]", "ldap://localhost", "ldap://127.")
_VERBS = ("get", "post", "put", "patch", "delete", "request")


def find(code: Code) -> Iterator[Finding]:
    """Protocols without encryption, where something secret goes through them."""
    for call in named(code, "telnetlib.Telnet", "telnetlib3.open_connection"):
        yield code.finding(RULE, call, "telnet sends everything in the clear; use SSH")
    for call in named(code, "ftplib.FTP"):
        anonymous = len(call.args) < 2 and not call.keywords
        message = "FTP sends everything in the clear; use FTP_TLS or SFTP"
        if anonymous:
            yield code.finding(RULE, call, message, severity="low", confidence="medium")
        else:
            yield code.finding(RULE, call, message)
    yield from _mail(code)
    for call in named(code, "pyghmi.ipmi.command.Command", "pyghmi.ipmi.Command"):
        yield code.finding(RULE, call, "IPMI hands out a hash of the password before the login")
    for name, call in names(code):
        address = next(iter(call.args), None) or keyword(call, "url")
        url = text_of(code, address) or ""
        if url.startswith(_OWN):
            continue
        if url.startswith("ldap://") and name.endswith(("initialize", "Server")):
            message = "the password goes over the network in the clear; use ldaps:// or start_tls"
            yield code.finding(RULE, call, message, severity="low", confidence="medium")
        elif url.startswith("http://") and name.rpartition(".")[2] in _VERBS:
            yield from _with_credentials(code, call)


def _with_credentials(code: Code, call: ast.Call) -> Iterator[Finding]:
    if keyword(call, "auth") is not None:
        yield code.finding(RULE, call, "credentials go in the clear; use https://")


def _mail(code: Code) -> Iterator[Finding]:
    """Plain connections of mail on which somebody logs in before TLS."""
    for name in ("smtplib.SMTP", "imaplib.IMAP4", "poplib.POP3"):
        for call in named(code, name):
            around = code.function(call)
            text = code.source(around) if around is not None else code.text
            logs_in = ".login(" in text
            host = text_of(code, argument(call, 0, "host")) or ""
            own = host in ("localhost", "127.0.0.1", "")
            if logs_in and "starttls" not in text and "stls" not in text and not own:
                message = "the password goes over the network in the clear; call starttls() before"
                yield code.finding(RULE, call, message, confidence="medium")
