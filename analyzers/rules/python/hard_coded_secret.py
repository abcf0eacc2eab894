"""A password, key or token as a literal

## What it does
Reports literals that are used as secrets: assigned to, passed as, compared with, or the default of
something whose name says password, secret, API key or token, and literal keys of ciphers, HMAC and
signed tokens. What is a placeholder, a label, a path, the name of a form's field or of a variable
of the environment is none. In tests it is a remark.

## Why is this bad?
Whoever gets the file has the secret: colleagues, the history of the repository, a package that was
published by mistake. It is the same in every installation and cannot be changed without a release.

## Example
```python
connection = psycopg2.connect(host=host, password="t7-Rb!94kd")
```

## Use instead
```python
connection = psycopg2.connect(host=host, password=os.environ["DB_PASSWORD"])
```

## References
- CWE-798: Use of Hard-coded Credentials
- CWE-321: Use of Hard-coded Cryptographic Key
- OWASP: Secrets Management Cheat Sheet
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Confidence, Finding, Severity
from analyzers.fixes import passwords
from analyzers.patterns.calls import argument, methods, named
from analyzers.patterns.constants import bound_to
from analyzers.patterns.in_tests import is_in_test, is_test_file
from analyzers.patterns.secrets import is_made_up, is_random, kind_of_name, weight
from analyzers.rule import Rule
from analyzers.rules.text import exposed_secret

RULE = Rule(
    "hard-coded-secret",
    cwe=798,
    severity="medium",
    confidence="medium",
    aliases=("B105", "B106", "B107", "S105", "S106", "S107"),
    words=(
        "pass", "pwd", "pw", "psw", "secret", "credential", "key", "token", "auth", "login", "jwt",
        "hmac", "fernet", "aes", "des", "cipher", "chacha",
    ),
)  # fmt: skip
fix = passwords.to_environment
# Whose argument is a key, by position and name.
_KEYED = {
    "hmac.new": (0, "key"), "hmac.digest": (0, "key"), "Fernet": (0, "key"),
    "cryptography.fernet.Fernet": (0, "key"), "jwt.encode": (1, "key"), "jwt.decode": (1, "key"),
    **{
        f"{package}.Cipher.{name}.new": (0, "key")
        for package in ("Crypto", "Cryptodome")
        for name in ("AES", "DES", "DES3", "Blowfish", "ARC4", "ChaCha20", "ChaCha20_Poly1305")
    },
    "AES.new": (0, "key"), "DES.new": (0, "key"),
}  # fmt: skip
_OF_LOGINS = ("pass", "pwd", "secret", "login", "auth", "credential")
# (user, password) in the arguments.
_LOGINS = ("login", "HTTPBasicAuth", "HTTPDigestAuth", "BasicAuth")
_CONNECTS = ("pymysql.connect", "MySQLdb.connect", "mysql.connector.connect", "psycopg2.connect")
_USERS = ("create_user", "create_superuser")
_OWN_MACHINE = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "db", "postgres", "mysql", "redis")
_DEFAULTS = {"root", "admin", "postgres", "password", "secret", "mysql", "guest", "1234", "12345"}
_DEFAULTS |= {"123456", "toor", "test", "user", "sa", "mongo", "redis"}


def find(code: Code) -> Iterator[Finding]:
    """Literals under names that say secret, then keys and logins by their place."""
    found = {seen[0]: seen for seen in (*_logins(code), *_keys(code), *_literals(code))}
    # The rule for text of any language knows some forms better.
    said = [other.span for other in exposed_secret.find(code.text)] if found else []
    for node, name, severity, confidence, cwe in found.values():
        if not any(code.span(node).overlaps(span) for span in said):
            message = f"{name} is a literal here; take it from the environment or a secret store"
            yield code.finding(
                RULE, node, message, severity=severity, confidence=confidence, cwe=cwe
            )


_Seen = tuple[ast.expr, str, Severity, Confidence, int]


def _literals(code: Code) -> Iterator[_Seen]:
    in_tests = is_test_file(code)
    for node in code.nodes(ast.Constant):
        if not isinstance(node.value, str | bytes) or len(node.value) < 3:
            continue
        for name in _names_for(code, node):
            if kind_of_name(name) is not None:
                weighed = weight(name, _text(node), in_test=is_in_test(code, node))
                if in_tests and not is_random(_text(node)):
                    weighed = None  # Whom a test logs in, it has made itself.
                if weighed is not None and not _is_own_machines(code, node):
                    yield node, name, *weighed, RULE.cwe
                break
        else:
            if _is_compared_password(code, node):
                yield node, "what looks like a password", "medium", "low", RULE.cwe


def _is_compared_password(code: Code, node: ast.Constant) -> bool:
    """Whether something is compared with what people make up as a password, by itself or around."""
    above = code.parent(node)
    if not isinstance(above, ast.Compare) or not isinstance(above.ops[0], ast.Eq | ast.NotEq):
        return False
    around = code.function(node)
    said = f"{_text(node)} {around.name if around is not None else ''}".lower()
    return (
        len(above.ops) == 1
        and any(word in said for word in _OF_LOGINS)
        and is_made_up(_text(node))
        and not is_in_test(code, node)
    )


def _text(node: ast.Constant) -> str:
    value = node.value
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _names_for(code: Code, node: ast.Constant) -> Iterator[str]:
    """What the literal is assigned to, given as, or compared with."""
    above = code.parent(node)
    if isinstance(above, ast.keyword):
        if above.arg == "default":
            yield from _option(code.parent(above))
        elif above.arg:
            yield above.arg
    elif isinstance(above, ast.Assign):
        for target in above.targets:
            yield from _target(target)
    elif isinstance(above, ast.AnnAssign | ast.NamedExpr):
        if above.value is node:
            yield from _target(above.target)
    elif isinstance(above, ast.Dict):
        for key, value in zip(above.keys, above.values, strict=False):
            if value is node and isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value
    elif isinstance(above, ast.Compare):
        if (
            len(_text(node)) > 3
            and len(above.ops) == 1
            and isinstance(above.ops[0], ast.Eq | ast.NotEq)
        ):
            yield from _target(above.left if node is not above.left else above.comparators[0])
    elif isinstance(above, ast.arguments):
        yield from _parameter(above, node)
    elif isinstance(above, ast.Call):
        yield from _fallback(code, above, node)
    elif isinstance(above, ast.BoolOp) and isinstance(code.parent(above), ast.Assign):
        for target in code.parent(above).targets:  # type: ignore[union-attr]
            yield from _target(target)


def _target(target: ast.AST) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Attribute):
        yield target.attr
    elif isinstance(target, ast.Subscript):
        key = target.slice.value if isinstance(target.slice, ast.Constant) else None
        if isinstance(key, str):
            yield key


def _option(call: ast.AST | None) -> Iterator[str]:
    """The name of a command line's option, from the call that declares it."""
    if isinstance(call, ast.Call) and call.args and isinstance(call.args[-1], ast.Constant):
        name = call.args[-1].value
        if isinstance(name, str) and name.startswith("--"):
            yield name.lstrip("-")


def _parameter(arguments: ast.arguments, default: ast.expr) -> Iterator[str]:
    positional = [*arguments.posonlyargs, *arguments.args]
    tail = positional[len(positional) - len(arguments.defaults) :]
    pairs = [*zip(tail, arguments.defaults, strict=False)]
    pairs += [
        (parameter, value)
        for parameter, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=False)
        if value is not None
    ]
    for parameter, value in pairs:
        if value is default:
            yield parameter.arg


def _fallback(code: Code, call: ast.Call, node: ast.Constant) -> Iterator[str]:
    """What is used where a setting is missing, or set under a name."""
    name = (code.name(call.func) or "").rpartition(".")[2]
    if name in ("get", "getenv", "setdefault", "setattr", "config") and call.args[-1] is node:
        key = call.args[-2] if len(call.args) > 1 else None
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value


def _keys(code: Code) -> Iterator[_Seen]:
    for call in named(code, *_KEYED):
        given = argument(call, *_KEYED[code.name(call.func) or ""])
        if isinstance(given, ast.Name):
            bound = bound_to(code, given) or []
            given = bound[0] if len(bound) == 1 else given
        if isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute):
            given = given.func.value if given.func.attr == "encode" else given
        if not isinstance(given, ast.Constant) or not isinstance(given.value, str | bytes):
            continue
        if len(given.value) >= 3 and "your" not in _text(given).lower():
            severity: Severity = "low" if is_in_test(code, call) else "medium"
            yield given, "the key", severity, "medium", 321


def _logins(code: Code) -> Iterator[_Seen]:
    pairs: list[list[ast.expr]] = []
    for call in (*methods(code, *_LOGINS), *named(code, *_LOGINS)):
        pairs.append(call.args)
    for call in (*named(code, *_CONNECTS), *methods(code, *_USERS)):
        pairs.append(call.args[1:3])  # (host, user, password) and (user, address, password)
    for node in code.nodes(ast.keyword):
        if node.arg == "auth" and isinstance(node.value, ast.Tuple):
            pairs.append(node.value.elts)
    for pair in pairs:
        if len(pair) == 2 and isinstance(pair[1], ast.Constant) and isinstance(pair[1].value, str):
            weighed = weight("password", pair[1].value, in_test=is_in_test(code, pair[1]))
            if weighed is not None:
                yield pair[1], "the password", *weighed, RULE.cwe


def _is_own_machines(code: Code, node: ast.Constant) -> bool:
    """Whether it is what a database on the own machine is installed with: no secret to lose."""
    if _text(node).lower() not in _DEFAULTS:
        return False
    call = code.parent(code.parent(node) or node)
    if not isinstance(call, ast.Call):
        return False
    texts = [n.value for n in ast.walk(call) if isinstance(n, ast.Constant)]
    return any(text in _OWN_MACHINE for text in texts if isinstance(text, str))
