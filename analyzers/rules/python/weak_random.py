"""Random numbers that can be guessed

## What it does
Reports the functions of `random` (and of `numpy.random` where a secret is made). It is a warning
where names around say that the number is a secret: a token, a password, a key, a session, a code to
confirm with; elsewhere it is a remark. `random.SystemRandom` and `secrets` are fine.

## Why is this bad?
`random` is a Mersenne Twister: who sees 624 outputs knows all others, and who knows about when the
process started can try the seeds.

## Example
```python
token = "".join(random.choice(string.ascii_letters) for _ in range(32))
```

## Use instead
```python
token = secrets.token_urlsafe(32)
```
or `random.SystemRandom()`, which has the same methods.

## References
- CWE-338: Use of Cryptographically Weak Pseudo-Random Number Generator
- Python documentation: secrets
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import random_numbers
from analyzers.patterns.calls import names
from analyzers.patterns.constants import bound_to, value_of
from analyzers.patterns.names import purpose, uses, words_of
from analyzers.rule import Rule

RULE = Rule(
    "weak-random",
    cwe=338,
    severity="low",
    confidence="low",
    aliases=("B311", "S311"),
    words=("random", "randint", "randrange", "getrandbits", "uuid1"),
)
fix = random_numbers.from_system
_SECRET = {
    "token", "tokens", "password", "passwords", "passwd", "passphrase", "pwd", "secret", "otp",
    "totp", "nonce", "salt", "csrf", "xsrf", "captcha", "credential", "credentials", "apikey",
    "passcode",
}  # fmt: skip
# These say so of a variable or a parameter; functions are called so for other reasons.
_OF_VALUES = {
    "session", "sid", "iv", "cookie", "auth", "authentication", "pin", "activation",
    "verification", "invite", "voucher", "coupon", "signature", "cipher", "key", "code", "reset",
}  # fmt: skip
_TOGETHER = ({"session", "id"}, {"api", "key"})
_FUNCTIONS = {
    f"random.{name}"
    for name in (
        "Random", "betavariate", "choice", "choices", "expovariate", "gammavariate", "gauss",
        "getrandbits", "lognormvariate", "normalvariate", "paretovariate", "randbytes", "randint",
        "random", "randrange", "sample", "seed", "shuffle", "triangular", "uniform",
        "vonmisesvariate", "weibullvariate", "binomialvariate",
    )
}  # fmt: skip
_FOR_WAITING = {"random.uniform", "random.expovariate", "random.triangular"}
# Nobody gains by guessing how long a program waits.
_WAITING = {
    "jitter", "sleep", "delay", "delays", "backoff", "wait", "interval", "timeout", "retry",
    "pause", "cooldown",
}  # fmt: skip
_ELSEWHERE = {"uuid.uuid1"} | {
    f"numpy.random.{name}"
    for name in ("bytes", "choice", "integers", "rand", "randint", "random", "random_integers")
}
# Names that mean nothing else, for fragments without their imports.
_BARE = {"randint", "randrange", "getrandbits"}


def find(code: Code) -> Iterator[Finding]:
    """Calls of the module's functions."""
    for name, call in names(code):
        if name in _FUNCTIONS or (name in _BARE and _is_unbound(code, call)):
            if not _is_variable(code, call.func):
                yield from _findings(code, call, name)
        elif name in _ELSEWHERE and _secret(code, call):
            yield from _findings(code, call, name)


def _findings(code: Code, call: ast.Call, name: str) -> Iterator[Finding]:
    # A seed is for the same numbers again, which no secret is meant to be.
    is_seeded = bool(call.args or call.keywords) and name in ("random.Random", "random.seed")
    secret = None if is_seeded else _secret(code, call)
    if secret is not None:
        message = f"{name} can be guessed, and {secret} looks like a secret; use secrets"
        yield code.finding(RULE, call, message, severity="medium", confidence="medium")
    elif not (name in _FOR_WAITING and _is_waited(code, call)):
        yield code.finding(RULE, call, f"{name} can be guessed; use secrets for what must not be")


def _is_waited(code: Code, call: ast.Call) -> bool:
    return any(set(words_of(use)) & _WAITING for use in purpose(code, call))


def _secret(code: Code, call: ast.Call) -> str | None:
    for name in uses(code, call):
        # Alone, a key is what something is sorted by, and a code is of a country.
        alone = name.lower() in ("key", "code", "reset") and not _has_many_digits(code, call)
        if not alone and set(words_of(name)) & (_SECRET | _OF_VALUES):
            return name
    for name in purpose(code, call):
        words = words_of(name)
        is_secret = set(words) & _SECRET or any(set(words) >= both for both in _TOGETHER)
        if is_secret and words[0] != "test":
            return name
    return None


def _has_many_digits(code: Code, call: ast.Call) -> bool:
    """Whether it draws a number of so many digits, as in 100000 to 999999."""
    low, high = (value_of(code, one) for one in (*call.args, None, None)[:2])
    return isinstance(low, int) and low in (1000, 10_000, 100_000) and high == 10 * low - 1


def _is_variable(code: Code, node: ast.AST) -> bool:
    """Whether the name is bound in the file, as in `random = SystemRandom()`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and bool(bound_to(code, node))


def _is_unbound(code: Code, call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and not any(
        isinstance(node, ast.FunctionDef) and node.name == call.func.id
        for node in code.nodes(ast.FunctionDef)
    )
