"""Whether a literal that stands under a name is a secret: by what the name says and how it looks.

A name says so by its last word: `db_password` is one, `password_field` is none. A value is none
where it is a placeholder, a label, a path, a name of something, or a template to be filled.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter

from analyzers.finding import Confidence, Severity
from analyzers.patterns.names import words_of

_PASSWORD = {"password", "passwd", "passphrase", "pwd", "passwrd", "passcode", "pass", "pw", "psw"}
_SECRET = {"secret", "credential", "credentials", "apikey", "secretkey", "authtoken", "accesskey"}
_SECRET |= {"privatekey"}
_KEY_OF = {
    "api", "secret", "private", "access", "encryption", "encrypt", "signing", "sign", "auth",
    "jwt", "aes", "hmac", "cipher", "master", "session", "app", "account", "storage", "shared",
    "crypto", "fernet", "service", "subscription", "license", "consumer",
}  # fmt: skip
# Tokens of grammars and of language models are not secret.
_OTHER_TOKENS = {
    "pad", "eos", "bos", "unk", "sep", "cls", "mask", "stop", "next", "start", "end", "begin",
    "special", "current", "previous", "last", "first", "new", "word", "lex", "image", "prefix",
}  # fmt: skip
_TRAILING = {"default", "value", "str", "string", "text", "plain", "raw", "bytes", "hex", "b64"}
_TRAILING |= {"base", "literal", "const", "in", "clear"}
_ACTIONS = {"forgot", "forgotten", "reset", "change", "show", "hide", "toggle", "enter", "has"}
_ACTIONS |= {"no", "need", "needs", "require", "requires", "use", "ask", "is", "allow", "lost"}
_IN_TESTS = {"fake", "dummy", "test", "tests", "testing", "mock", "sample", "example", "wrong"}
_IN_TESTS |= {"invalid", "bad", "stub", "demo"}
# What people write where they mean that the reader should fill something in.
_FILLER = {
    "a", "an", "and", "any", "api", "app", "auth", "authentication", "change", "client", "db",
    "default", "demo", "dev", "development", "enter", "flask", "for", "here", "in", "insert", "is",
    "it", "jwt", "key", "keys", "local", "me", "mock", "must", "my", "mysql", "new", "none", "not",
    "now", "of", "on", "only", "or", "pass", "passcode", "passphrase", "password", "passwd",
    "placeholder", "please", "postgres", "prod", "production", "put", "pwd", "random", "real",
    "replace", "required", "sample", "secret", "secretkey", "secure", "set", "should", "some",
    "something", "strong", "super", "supersecret", "supersecretkey", "the", "this", "to", "todo",
    "token", "unset", "use", "user", "username", "value", "very", "verysecret", "with", "your",
    "apikey", "foo", "bar", "baz", "string", "mypassword", "mysecret", "mysecretkey", "secrets",
    "mytoken", "userpassword", "dbpassword", "unused", "yourpassword", "yoursecretkey",
    "yoursecret", "yourkey", "dummy", "fake", "test", "testing", "example",
    "access", "private", "public", "environment", "env", "var", "variable", "config",
}  # fmt: skip
_TEMPLATE = re.compile(
    r"[<>{}]|%[(sd]|^\$\w|\.\.\.|\[\S+-\S+\]|\*{3}|x{4}|X{3}|(?i:changeme|change[_-]me|\byour)"
)
_MARKED = re.compile(r"(?i)example|placeholder|redacted|replace|insert|dummy|not[-_ ]?set|todo\b")
_PATH = re.compile(
    r"^(https?://|/|\./|~)|^[\w./-]+\.(html?|txt|py|json|ya?ml|toml|pem|key|crt|js|md)$"
)
_CONSTANT = re.compile(r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$|^[a-z]+([_.:-][a-z]+)+$")
_TYPE = re.compile(r"^(str|string|bytes|text|char|varchar|integer|int|bool|boolean|number|object)$")
_MARKS = set("xX*.-_?#0= ")
_SCHEME = re.compile(r"^(?:Bearer|Basic|Token|token)\s+")
_NAME = re.compile(r"^[\w$.\[\] -]{1,80}$")
_HEX = re.compile(r"^[0-9a-fA-F]{16,}$")


def is_secret_name(name: str) -> bool:
    """Whether an identifier, key or option is the name of something secret."""
    return kind_of_name(name) is not None


@functools.lru_cache(maxsize=4096)
def kind_of_name(name: str) -> str | None:
    """One of password, secret, key, token and authorization; None for what is not secret."""
    if not _NAME.match(name):
        return None
    words = words_of(name)
    if "for" in words[1:]:
        words = words[: words.index("for", 1)]  # password_for_mail is a password.
    while words and (words[-1] in _TRAILING or words[-1].isdigit()):
        words.pop()
    if not words or words[0] in _ACTIONS:
        return None
    last = words[-1]
    if last == "authorization":
        return "authorization"
    if last in _PASSWORD:
        return "password" if last not in ("pass", "pw") or len(words) > 1 or len(name) > 2 else None
    if last in _SECRET:
        return "secret"
    before = words[-2] if len(words) > 1 else ""
    if last == "key" and before in _KEY_OF:
        return "secret" if before == "secret" else "key"
    if last == "token" and before not in _OTHER_TOKENS:
        return "token"
    return None


def weight(name: str, value: str, *, in_test: bool = False) -> tuple[Severity, Confidence] | None:
    """How bad and how sure it is that `value` under this name is a secret; None: it is none."""
    kind = kind_of_name(name)
    if kind == "authorization":
        value = _SCHEME.sub("", value)
    if kind is None or is_placeholder(value):
        return None
    if name.lower() in ("pass", "pw") and value.isalpha():
        return None  # A filter lets a band pass, and a test may pass.
    strong = is_random(value)
    if kind == "authorization" and not strong:
        return None
    if kind in ("token", "key") and not strong and not _is_mixed(value):
        return None
    if kind == "secret" and not strong and (len(value) < 6 or _is_prose(value)):
        return None
    if kind == "password" and _is_prose(value):
        return None
    if in_test or set(words_of(name)) & _IN_TESTS:
        return "low", "low"
    return ("high", "medium") if strong else ("medium", "medium")


def is_placeholder(value: str) -> bool:
    """Whether the text stands for a secret that is to be filled in, or names one."""
    stripped = value.strip()
    if len(stripped) < 3 or len(stripped) > 4096 or set(stripped) <= _MARKS or "\n" in stripped:
        return True
    if _TEMPLATE.search(stripped) or _MARKED.search(stripped):
        return True
    if _PATH.search(stripped) or _TYPE.match(stripped.lower()):
        return True
    if _CONSTANT.match(stripped) and set(words_of(stripped)) & (_FILLER | _PASSWORD | _SECRET):
        return True
    parts = re.split(r"[-_. ]", stripped.lower())
    if len(parts) > 1 and not _IN_TESTS.isdisjoint(parts):
        plain = all(part in _FILLER or part in _IN_TESTS or part.isdigit() for part in parts)
        if plain or not is_random(stripped):
            return True
    letters = [word for word in words_of(stripped) if not word.isdigit()]
    numbers = len(stripped) > 3 and any(word.isdigit() for word in words_of(stripped))
    return bool(letters) and not numbers and all(word in _FILLER for word in letters)


def is_random(value: str) -> bool:
    """Whether it looks as if a machine had made it: long, mixed, with much in each character."""
    if len(value) < 16 or any(character.isspace() for character in value):
        return False
    if _HEX.match(value):
        return entropy(value) > 2.8
    classes = _classes(value)
    return classes >= 3 and any(c.isdigit() for c in value) and entropy(value) > 3.3


def is_made_up(value: str) -> bool:
    """Whether it is of the mixture that rules for passwords ask for: letters, digits, a mark."""
    return (
        8 <= len(value) <= 64
        and value.isprintable()
        and not is_placeholder(value)
        and " " not in value
        and any(character in "!@#$%^&*?" for character in value)
        and _classes(value) == 4
    )


def entropy(value: str) -> float:
    """Bits for each character, by how often each occurs."""
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)


def _classes(value: str) -> int:
    return sum(
        any(test(character) for character in value)
        for test in (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    )


def _is_mixed(value: str) -> bool:
    return len(value) >= 8 and any(c.isdigit() for c in value) and not _is_prose(value)


def _is_prose(value: str) -> bool:
    """Labels and messages: several words, or a word and a mark after it."""
    stripped = value.strip()
    return " " in stripped or stripped.endswith((":", "?", "…"))
