"""Tokens are checked."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.tokens import checked


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "«jwt.decode(t, k, algorithms=['HS256'], options={'verify_signature': False})»\n",
            "jwt.decode(t, k, algorithms=['HS256'])\n",
        ),
        (
            (
                "«jwt.decode(t, k, algorithms=['HS256'], "
                "options={'verify_signature': False, 'require': ['exp']})»\n"
            ),
            "jwt.decode(t, k, algorithms=['HS256'], options={'require': ['exp']})\n",
        ),
        (
            "«jwt.decode(t, k, algorithms=['none', 'HS256'])»\n",
            "jwt.decode(t, k, algorithms=['HS256'])\n",
        ),
        ("«jwt.decode(t, k, verify=False)»\n", 'jwt.decode(t, k, algorithms=["HS256"])\n'),
        ("«jwt.encode(c, k, algorithm='none')»\n", 'jwt.encode(c, k, algorithm="HS256")\n'),
    ],
)
def test_the_signature_is_checked_again(mend: Any, before: str, after: str) -> None:
    """With an algorithm that signs."""
    assert mend(checked, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "«jwt.decode(t, options={'verify_signature': False})»\n",
        "«jwt.decode(t, '', verify=False)»\n",
    ],
)
def test_without_a_key_nothing_can_be_checked(mend: Any, before: str) -> None:
    """The caller has to have one."""
    assert mend(checked, before) is None
