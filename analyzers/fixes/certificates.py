"""Connections check again whom they speak to, with a protocol that holds."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.imports import reach
from analyzers.fixes.places import call, keyword, marked
from analyzers.fixes.writing import fix, is_placed, replaced, with_keywords, without_argument
from analyzers.patterns.defaults import default_of
from analyzers.patterns.options import in_options

_OFF = {"verify": (False,), "ssl": (False,), "verify_ssl": (False,), "check_hostname": (False,)}
_WEAK_PROTOCOLS = frozenset(
    [
        "PROTOCOL_SSLv2",
        "PROTOCOL_SSLv3",
        "PROTOCOL_SSLv23",
        "PROTOCOL_TLSv1",
        "PROTOCOL_TLSv1_1",
        "PROTOCOL_TLS",
    ]
)
_POLICIES = (".AutoAddPolicy", ".WarningPolicy")
_WEAK_METHODS = frozenset(
    ("SSLv2_METHOD", "SSLv3_METHOD", "SSLv23_METHOD", "TLSv1_METHOD", "TLSv1_1_METHOD")
)
_WEAK_VERSIONS = frozenset(("SSLv3", "TLSv1", "TLSv1_1", "MINIMUM_SUPPORTED"))


def verified(code: Code, finding: Finding) -> Fix | None:
    """Whatever turned the check of certificates off is taken out or turned on."""
    return (
        _argument(code, finding)
        or _elsewhere(code, finding)
        or _context(code, finding)
        or _assigned(code, finding)
        or _host_keys(code, finding)
    )


def modern(code: Code, finding: Finding) -> Fix | None:
    """TLS 1.2 or later in place of what is broken."""
    node = marked(
        code,
        finding,
        ast.Attribute,
        lambda it: it.attr in (_WEAK_PROTOCOLS | _WEAK_VERSIONS | _WEAK_METHODS),
    )
    if node is None or not is_placed(code, node):
        return None
    name = code.name(node) or ""
    if name.startswith("OpenSSL.SSL."):
        text = f"{code.source(node.value)}.TLS_METHOD"
        return fix("ask for TLS 1.2 or later", replaced(code, node, text))
    if name.startswith("ssl.TLSVersion."):
        text = f"{code.source(node.value)}.TLSv1_2"
        return fix("ask for TLS 1.2 or later", replaced(code, node, text))
    if not name.startswith("ssl.PROTOCOL_"):
        return None
    is_server = "server_side=True" in code.text or ".load_cert_chain(" in code.text
    side = "PROTOCOL_TLS_SERVER" if is_server else "PROTOCOL_TLS_CLIENT"
    return fix(
        "ask for TLS 1.2 or later", replaced(code, node, f"{code.source(node.value)}.{side}")
    )


def in_time(code: Code, finding: Finding) -> Fix | None:
    """A request that gives up after ten seconds."""
    node = marked(
        code,
        finding,
        ast.Call,
        lambda it: (code.name(it.func) or "").partition(".")[0] in ("requests", "httpx"),
    )
    if node is None:
        return None
    given = keyword(node, "timeout")
    if given is not None:
        return fix("give up after 10 seconds", replaced(code, given.value, "10"))
    edit = with_keywords(code, node, "timeout=10")
    return None if edit is None else fix("give up after 10 seconds", edit)


def _argument(code: Code, finding: Finding) -> Fix | None:
    """`verify=False` and the like."""
    node = marked(code, finding, ast.Call, lambda it: _off(it) is not None)
    given = _off(node) if node is not None else None
    if node is None or given is None:
        return None
    if code.name(node.func) == "ssl.create_default_context":
        return None
    return fix("check the certificate", without_argument(code, node, given))


def _elsewhere(code: Code, finding: Finding) -> Fix | None:
    """`False` of a dictionary that `**` hands over, or of a parameter's default."""
    node = marked(code, finding, ast.Call, lambda it: _off_elsewhere(code, it) is not None)
    value = _off_elsewhere(code, node) if node is not None else None
    if value is None or not is_placed(code, value):
        return None
    return fix("check the certificate", replaced(code, value, "True"))


def _off_elsewhere(code: Code, node: ast.Call) -> ast.expr | None:
    for name in _OFF:
        given = keyword(node, name)
        value = in_options(code, node, name) if given is None else default_of(code, given.value)
        if isinstance(value, ast.Constant) and value.value is False:
            return value
    return None


def _off(node: ast.Call) -> ast.keyword | None:
    for name in _OFF:
        given = keyword(node, name)
        value = given.value if given is not None else None
        if isinstance(value, ast.Constant) and value.value is False:
            return given
    return None


def _context(code: Code, finding: Finding) -> Fix | None:
    """A context that never checks."""
    names = ("ssl._create_unverified_context", "ssl._create_stdlib_context")
    node = marked(
        code,
        finding,
        ast.Attribute,
        lambda it: code.name(it) in names and isinstance(it.ctx, ast.Load),
    )
    if node is None:
        return None
    # `ssl._create_default_https_context = ssl._create_unverified_context` becomes a no-op.
    return fix(
        "check the certificate",
        replaced(code, node, f"{code.source(node.value)}.create_default_context"),
    )


def _assigned(code: Code, finding: Finding) -> Fix | None:
    """`context.check_hostname = False` and `context.verify_mode = CERT_NONE`."""
    node = marked(code, finding, ast.Assign, lambda it: _attribute(it) is not None)
    name = _attribute(node) if node is not None else None
    if node is None:
        return None
    if name == "verify":
        return fix("check the certificate", replaced(code, node.value, "True"))
    related = [
        other
        for other in ast.walk(code.tree)
        if isinstance(other, ast.Assign) and _attribute(other) in ("check_hostname", "verify_mode")
    ]
    edits = []
    for other in related:
        if _attribute(other) == "check_hostname":
            edits.append(replaced(code, other.value, "True"))
            continue
        reached = reach(code, other, "ssl", "CERT_REQUIRED")
        if reached is None:
            return None
        edits += [*reached.edits, replaced(code, other.value, reached.text)]
    # check_hostname asks for certificates, so the order of the two no longer matters.
    return fix("check the certificate", *dict.fromkeys(edits))


def _attribute(node: ast.Assign) -> str | None:
    target = node.targets[0]
    if len(node.targets) != 1 or not isinstance(target, ast.Attribute):
        return None
    value = node.value
    if target.attr in ("check_hostname", "verify"):
        is_off = isinstance(value, ast.Constant) and value.value is False
        return target.attr if is_off else None
    if target.attr == "verify_mode":
        return target.attr if ast.unparse(value).endswith("CERT_NONE") else None
    return None


def _host_keys(code: Code, finding: Finding) -> Fix | None:
    """Paramiko that takes any key of a host."""
    node = call(
        code, finding, "paramiko.AutoAddPolicy", "paramiko.WarningPolicy",
        "paramiko.client.AutoAddPolicy", "paramiko.client.WarningPolicy",
    )  # fmt: skip
    reference: ast.expr | None = node.func if node is not None else None
    if reference is None:
        reference = marked(
            code, finding, ast.Attribute, lambda it: it.attr in ("AutoAddPolicy", "WarningPolicy")
        )
    if reference is None:
        reference = marked(
            code, finding, ast.Name, lambda it: (code.name(it) or "").endswith(_POLICIES)
        )
    if isinstance(reference, ast.Name):
        module = (code.name(reference) or "").rpartition(".")[0]
        reached = reach(code, reference, module, "RejectPolicy")
        if reached is None:
            return None
        return fix("refuse unknown hosts", *reached.edits, replaced(code, reference, reached.text))
    if not isinstance(reference, ast.Attribute):
        return None
    text = f"{code.source(reference.value)}.RejectPolicy"
    return fix("refuse unknown hosts", replaced(code, reference, text))
