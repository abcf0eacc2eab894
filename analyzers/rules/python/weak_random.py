"""Random numbers that can be guessed

## What it does
Reports the functions of `random` (and of `numpy.random` where a secret is made). It is a warning
where names around say that the number is a secret: a token, a password, a key, a session, a code to
confirm with. It is a remark where the number goes on to something of such a name, where it makes a
text of letters, and in a piece of a file, where what becomes of it is not seen. Games, simulations,
samples and waits are left alone, and so are tests. A hash of the time is no better.
`random.SystemRandom` and `secrets` are fine.

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
import re
from collections.abc import Iterable, Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import random_numbers
from analyzers.patterns import destinations
from analyzers.patterns.calls import names
from analyzers.patterns.constants import bound_to, value_of
from analyzers.patterns.in_tests import is_in_test
from analyzers.patterns.names import identifiers, purpose, uses, words_of
from analyzers.rule import Rule

RULE = Rule(
    "weak-random",
    cwe=338,
    severity="low",
    confidence="low",
    aliases=("B311", "S311"),
    words=("random", "randint", "randrange", "getrandbits", "uuid1", "time", "utcnow", "now("),
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
_TOGETHER = (
    {"session", "id"}, {"api", "key"}, {"one", "time", "code"}, {"login", "code"},
    {"verification", "code"}, {"confirmation", "code"}, {"reset", "code"}, {"invitation", "code"},
)  # fmt: skip
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
_CLOCKS = {"time.time", "time.time_ns", "datetime.datetime.now", "datetime.now"}
_CLOCKS |= {"datetime.datetime.utcnow", "datetime.utcnow"}
_HASH = re.compile(r"(^|\.)(md5|sha1|sha224|sha256|sha384|sha512|blake2[bs]|sha3_\d+)$")
_HIDDEN = re.compile(r"(?i)secret|key|salt|random|nonce|uuid|token_|urandom|entropy|password")
# In a sentence other words are common.
_SAID = frozenset({"verification", "activation", "password", "passcode", "otp", "token", "cookie"})
_MAKING = {"generate", "gen", "make", "new", "create", "issue", "random"}
_KEPT = frozenset(_OF_VALUES - {"key", "code", "reset"})
_SECRETS = frozenset(_SECRET | _OF_VALUES)
# Names that mean nothing else, for fragments without their imports.
_BARE = {"randint", "randrange", "getrandbits"}
_REMARK = "{} can be guessed; use secrets for what must not be"


def find(code: Code) -> Iterator[Finding]:
    """Calls of the module's functions."""
    is_whole = any(name == "random" or name.startswith("random.") for name in code.imports.values())
    for name, call in names(code):
        if name in _FUNCTIONS or (name in _BARE and _is_unbound(code, call)):
            if not _is_variable(code, call.func):
                yield from _findings(code, call, name, is_whole=is_whole)
            continue
        made: str | None = name
        if name in _CLOCKS:
            made = name if _is_hashed_alone(code, call) else None
        elif name not in _ELSEWHERE:
            made = _of_generator(code, call) if is_whole else None
        if made is not None and _secret(code, call):
            yield from _findings(code, call, made, is_whole=is_whole)


def _findings(code: Code, call: ast.Call, name: str, *, is_whole: bool) -> Iterator[Finding]:
    if is_whole and is_in_test(code, call):
        return
    secret = None if _is_repeatable(code, call, name) else _secret(code, call)
    if secret is not None and not (is_whole and _is_waited(uses(code, call))):
        message = f"{name} can be guessed, and {secret} looks like a secret; use secrets"
        yield code.finding(RULE, call, message, severity="medium", confidence="medium")
    elif is_whole:
        # Games, simulations and samples need no secrets, and what becomes of a number is seen.
        if (
            _is_text(code, call)
            or _is_maker(code, call)
            or destinations.some(code, call, _says_secret)
        ):
            yield code.finding(RULE, call, _REMARK.format(name))
    elif not (name in _FOR_WAITING and _is_waited(purpose(code, call))):
        yield code.finding(RULE, call, _REMARK.format(name))


def _is_repeatable(code: Code, call: ast.Call, name: str) -> bool:
    """A seed is for the same numbers again, which no secret is meant to be; the time is none."""
    given = [*call.args, *(each.value for each in call.keywords)]
    if not given or name not in ("random.Random", "random.seed"):
        return False
    return not any(
        isinstance(below, ast.Call) and code.name(below.func) in _CLOCKS
        for each in given
        for below in ast.walk(each)
    )


def _is_waited(said: Iterable[str]) -> bool:
    return any(set(words_of(use)) & _WAITING for use in said)


def _is_text(code: Code, call: ast.Call) -> bool:
    """Whether it makes a text of letters and digits: `"".join(random.sample(string.digits, 6))`."""
    given = [
        *call.args,
        *(bound for each in call.args if isinstance(each, ast.Name)
          for bound in bound_to(code, each) or ()),
    ]  # fmt: skip
    alphabet = any(
        isinstance(below, ast.Attribute)
        and below.attr in ("ascii_letters", "letters", "digits")
        and code.name(below.value) == "string"
        for each in given
        for below in ast.walk(each)
    )
    above = code.parent(call)
    while alphabet and isinstance(above, ast.expr | ast.comprehension):
        if isinstance(above, ast.Call) and isinstance(above.func, ast.Attribute):
            return above.func.attr == "join"
        above = code.parent(above)
    return False


def _is_maker(code: Code, call: ast.Call) -> bool:
    """Whether the function says that it makes what should be secret: `new_session_id`."""
    around = code.function(call)
    words = [] if around is None else words_of(around.name)
    if not words or words[0] not in _MAKING:
        return False
    return words[-1] in ("key", "code") or not _KEPT.isdisjoint(words[1:])


def _of_generator(code: Code, call: ast.Call) -> str | None:
    """`random.choice` for `rng.choice` where `rng = random.Random()`."""
    method = call.func
    if not isinstance(method, ast.Attribute) or not isinstance(method.value, ast.Name):
        return None
    name = f"random.{method.attr}"
    if name not in _FUNCTIONS:
        return None
    made = bound_to(code, method.value) or []
    is_ours = bool(made) and all(
        isinstance(each, ast.Call) and code.name(each.func) == "random.Random" for each in made
    )
    return name if is_ours else None


def _is_hashed_alone(code: Code, call: ast.Call) -> bool:
    """`md5(str(time.time()))`: a hash of nothing but the time, or of it and who asks."""
    above = code.parent(call)
    while isinstance(above, ast.expr | ast.keyword):
        name = code.name(above.func) if isinstance(above, ast.Call) else None
        if name is not None and _HASH.search(name):
            return not any(_HIDDEN.search(name) for name in identifiers(above))
        above = code.parent(above)
    return False


def _says_secret(name: str) -> bool:
    if " " in name:
        return not _SAID.isdisjoint(words_of(name))
    if "seed" in words_of(name):
        return False  # It is for the same numbers again.
    # Alone, a key is what something is sorted by, and a code is of a country.
    alone = name.lower() in ("key", "code", "reset")
    return not alone and not _SECRETS.isdisjoint(words_of(name))


def _secret(code: Code, call: ast.Call) -> str | None:
    for name in uses(code, call):
        # Of many digits a code is to be guessed by nobody.
        is_alone = name.lower() in ("key", "code", "reset")
        if _says_secret(name) or (
            is_alone and (_has_many_digits(code, call) or _is_text(code, call))
        ):
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
