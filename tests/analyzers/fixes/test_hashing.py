"""Broken hashes become SHA-256."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.hashing import to_sha256


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import hashlib\n«hashlib.md5(x)»\n", "import hashlib\nhashlib.sha256(x)\n"),
        ("import hashlib as h\n«h.sha1()»\n", "import hashlib as h\nh.sha256()\n"),
        ("import hashlib\n«hashlib.new('md5', x)»\n", 'import hashlib\nhashlib.new("sha256", x)\n'),
        (
            "from hashlib import md5, sha256\n«md5(x)»\n",
            "from hashlib import md5, sha256\nsha256(x)\n",
        ),
        ("from hashlib import md5\n«md5(x)»\n", "from hashlib import md5, sha256\nsha256(x)\n"),
        (
            "import hashlib, hmac\n«hmac.new(k, m, hashlib.md5)»\n",
            "import hashlib, hmac\nhmac.new(k, m, hashlib.sha256)\n",
        ),
        (
            "import hmac\n«hmac.new(k, m, digestmod='md5')»\n",
            'import hmac\nhmac.new(k, m, digestmod="sha256")\n',
        ),
        (
            "from Crypto.Hash import MD5\nh = «MD5.new()»\n",
            "from Crypto.Hash import SHA256\nh = SHA256.new()\n",
        ),
        (
            "from cryptography.hazmat.primitives import hashes\nh = hashes.Hash(«hashes.MD5()»)\n",
            "from cryptography.hazmat.primitives import hashes\nh = hashes.Hash(hashes.SHA256())\n",
        ),
    ],
)
def test_the_algorithm_is_replaced(mend: Any, before: str, after: str) -> None:
    """By every way to name it."""
    assert mend(to_sha256, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "import hashlib\n«hashlib.md5(x, usedforsecurity=False)»\n",
        "import hashlib\n«hashlib.new(name, x)»\n",
    ],
)
def test_a_hash_that_is_said_to_protect_nothing_is_left(mend: Any, before: str) -> None:
    """And one whose name is only known when it runs."""
    assert mend(to_sha256, before) is None
