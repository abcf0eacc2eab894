"""Passwords that are kept with a fast hash."""

from __future__ import annotations

from typing import Any

from analyzers.fixes.password_hashes import slow

_KEEP = (
    "import hashlib\n"
    "def register(users, name, password):\n"
    "    users[name] = «hashlib.md5(password.encode()).hexdigest()»\n"
)
_CHECK = (
    "def login(users, name, password):\n"
    "    return users.get(name) == hashlib.md5(password.encode()).hexdigest()\n"
)


def test_both_ends_change(mend: Any) -> None:
    after = mend(slow, _KEEP + _CHECK)
    assert "md5" not in after
    assert "users[name] = _hash_password(password.encode())" in after
    assert "return _is_password(password.encode(), users.get(name))" in after


def test_a_check_that_is_elsewhere_goes_on_as_it_was(mend: Any) -> None:
    assert mend(slow, _KEEP) is None
    looked_up = (
        "def login(db, password):\n"
        "    digest = hashlib.md5(password.encode()).hexdigest()\n"
        "    return db.execute('select 1 where hash = ?', (digest,))\n"
    )
    assert mend(slow, _KEEP + _CHECK + looked_up) is None
