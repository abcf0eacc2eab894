"""A digest that others rely on, or that guards a password, is not exchanged for another."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.check import scan
from analyzers.fixes.hashing import to_sha256


@pytest.mark.parametrize(
    "before",
    [
        "def check(pw, stored):\n    return «hashlib.md5(pw.encode())».hexdigest() == stored\n",
        "def keep(row):\n    row.hash = «hashlib.md5(row.password)».hexdigest()\n",
        "def keep(form):\n    return «hashlib.sha1(form['user_passwd'])».digest()\n",
        "def login(name, text):\n    return «hashlib.md5(text)».hexdigest()\n",
    ],
)
def test_the_hash_of_a_password_is_left(mend: Any, before: str) -> None:
    """SHA-256 is as quick to guess, and those that are stored would no longer match."""
    assert mend(to_sha256, f"import hashlib\n{before}") is None


@pytest.mark.parametrize(
    "before",
    [
        "def f(p):\n    return «hashlib.md5(p)».hexdigest()\nassert len(f(b'')) == 32\n",
        "def f(p):\n    return «hashlib.md5(p)».hexdigest()\nT = 'd CHAR(32)'\n",
        "def f(p):\n    return «hashlib.md5(p)».hexdigest()\nP = '[0-9a-f]{32}'\n",
        "def f(p):\n    return «hashlib.md5(p)».hexdigest()\n"
        "K = {'d41d8cd98f00b204e9800998ecf8427e'}\n",
        "def f(p, wanted):\n    d = «hashlib.md5(p)».hexdigest()\n    return d == wanted\n",
    ],
)
def test_a_digest_that_is_known_elsewhere_is_left(mend: Any, before: str) -> None:
    """By its length, its value, or somebody who made one."""
    assert mend(to_sha256, f"import hashlib\n{before}") is None


def test_other_comparisons_do_not_matter(mend: Any) -> None:
    """The digest is on neither side."""
    before = (
        "import hashlib\ndef f(a, key, value):\n    d = «hashlib.md5(a)».hexdigest()\n"
        "    if key == value:\n        return d\n"
    )
    assert mend(to_sha256, before) is not None


def test_the_hash_of_a_password_is_left_in_a_script() -> None:
    """By the names around."""
    text = 'const hash = ({0}) => crypto.createHash("md5").update({0}).digest("hex");\n'
    (left,) = scan(text.format("pw"), "javascript").findings
    assert left.fix is None
    (mended,) = scan(text.format("text"), "javascript").findings
    assert mended.fix is not None
