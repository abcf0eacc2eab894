"""Cookies are guarded."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.cookies import guarded


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "«r.set_cookie('a', b)»\n",
            "r.set_cookie('a', b, secure=True, httponly=True, samesite=\"Lax\")\n",
        ),
        (
            "«r.set_cookie('a', b, secure=False, httponly=True, samesite=None)»\n",
            "r.set_cookie('a', b, secure=True, httponly=True, samesite=\"Lax\")\n",
        ),
        ("«SESSION_COOKIE_SECURE = False»\n", "SESSION_COOKIE_SECURE = True\n"),
        (
            "«app.config['SESSION_COOKIE_HTTPONLY'] = False»\n",
            "app.config['SESSION_COOKIE_HTTPONLY'] = True\n",
        ),
    ],
)
def test_flags_are_added_or_turned_on(mend: Any, before: str, after: str) -> None:
    """Also as settings."""
    assert mend(guarded, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "«r.set_cookie('a', b, **flags)»\n",
    ],
)
def test_flags_from_elsewhere_are_left(mend: Any, before: str) -> None:
    """They may hold what is missing."""
    assert mend(guarded, before) is None
