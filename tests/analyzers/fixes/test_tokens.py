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


_SIGNS = (
    "import jwt\nclass A:\n    def a(self, p):\n"
    "        return jwt.encode(p, {}, algorithm='HS256')\n"
)
_READS = (
    "    def b(self, t):\n        return «jwt.decode(t, options={'verify_signature': False})»\n"
)


def test_the_key_that_the_file_signs_with_is_used(mend: Any) -> None:
    after = mend(checked, _SIGNS.format("self.key") + _READS)
    assert 'jwt.decode(t, self.key, algorithms=["HS256"])' in after
    after = mend(checked, _SIGNS.format("KEY") + _READS)
    assert 'jwt.decode(t, KEY, algorithms=["HS256"])' in after


@pytest.mark.parametrize(
    "before",
    [
        _SIGNS.format("p['key']") + _READS,
        _SIGNS.format("key_of(p)") + _READS,
        _SIGNS.format("self.key") + "class B:\n" + _READS,
        _SIGNS.format("self.key") + _SIGNS.format("KEY") + _READS,
        "import jwt\nclass B:\n" + _READS,
    ],
)
def test_without_one_key_in_reach_it_is_left(mend: Any, before: str) -> None:
    assert mend(checked, before) is None
