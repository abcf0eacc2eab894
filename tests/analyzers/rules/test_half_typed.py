"""What is missing from a call that is still being typed is not held against it."""

from __future__ import annotations

import pytest

from analyzers.check import Insertion, check
from analyzers.finding import Span

ABOVE = {
    "hashlib": "import hashlib\n",
    "jinja2": "import jinja2\n",
    "django": "from django.utils.safestring import mark_safe\n",
    "rsa": "from cryptography.hazmat.primitives.asymmetric import rsa\n",
    "flask": "from flask import make_response\nresponse = make_response('')\n",
    "tarfile": "import tarfile\narchive = tarfile.open(path)\n",
    "mako": "from mako.template import Template\n",
    "crypto": "from Crypto.Cipher import AES\n",
}


@pytest.mark.parametrize(
    ("above", "typed", "rest"),
    [
        ("hashlib", "hashlib.md5(document", ", usedforsecurity=False)"),
        ("hashlib", "hashlib.scrypt(p, salt=s, n=2", "**14, r=8, p=1)"),
        ("hashlib", 'hashlib.pbkdf2_hmac("sha256", p, s, 6', "00_000)"),
        ("jinja2", "jinja2.Environment(loader=loader", ", autoescape=True)"),
        ("django", 'mark_safe("<b>" + escape', '(name) + "</b>")'),
        ("rsa", "rsa.generate_private_key(65537, 3", "072)"),
        ("flask", 'response.set_cookie("session", value', ", secure=True, httponly=True)"),
        ("tarfile", "archive.extractall(folder", ', filter="data")'),
        ("mako", "Template(text", ', default_filters=["h"])'),
        ("crypto", "AES.new(key", ", AES.MODE_GCM)"),
    ],
)
def test_a_safe_call_is_safe_before_it_is_complete(above: str, typed: str, rest: str) -> None:
    document = ABOVE[above]
    end = Span(len(document), len(document))
    for text in (typed, typed + rest):
        report = check(document, Insertion(end, text), "python")
        assert report.is_checked, report.why
        assert report.findings == (), text


def test_closed_as_it_was_each_would_have_a_finding() -> None:
    document = ABOVE["jinja2"]
    end = Span(len(document), len(document))
    report = check(document, Insertion(end, "jinja2.Environment(loader=loader)\n"), "python")
    assert [finding.rule for finding in report.findings] == ["autoescape-off"]
