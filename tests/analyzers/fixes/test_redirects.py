"""Redirects stay on this site."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.redirects import relative_only


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "from urllib.parse import urlsplit\ndef f(url):\n    return «redirect(url)»\n",
            (
                "from urllib.parse import urlsplit\n"
                "def f(url):\n"
                '    url = (url or "/").replace("\\\\", "/")\n'
                '    if urlsplit(url).scheme != "" or urlsplit(url).netloc != "" '
                'or url.startswith("//"):\n'
                '        url = "/"\n'
                "    return redirect(url)\n"
            ),
        ),
        (
            (
                "from urllib.parse import urlsplit\n"
                "def f(r):\n"
                "    return «redirect(r.args['u'], 303)»\n"
            ),
            (
                "from urllib.parse import urlsplit\n"
                "def f(r):\n"
                "    target = r.args['u']\n"
                '    target = (target or "/").replace("\\\\", "/")\n'
                '    if urlsplit(target).scheme != "" or urlsplit(target).netloc '
                '!= "" or target.startswith("//"):\n'
                '        target = "/"\n'
                "    return redirect(target, 303)\n"
            ),
        ),
    ],
)
def test_an_address_elsewhere_becomes_the_first_page(mend: Any, before: str, after: str) -> None:
    """The target in its variable, or in a new one."""
    assert mend(relative_only, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "«redirect('https://a.example')»\n",
    ],
)
def test_a_fixed_address_is_left(mend: Any, before: str) -> None:
    """It leads where it was meant to."""
    assert mend(relative_only, before) is None
