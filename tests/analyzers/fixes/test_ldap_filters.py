"""The values of filters are escaped."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.ldap_filters import escaped_filter


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "import ldap.filter\nc.search_s(b, s, «f'(uid={u})'»)\n",
            "import ldap.filter\nc.search_s(b, s, f'(uid={ldap.filter.escape_filter_chars(u)})')\n",
        ),
        (
            (
                "from ldap3.utils.conv import escape_filter_chars\n"
                "q = '(&(uid=' + u + ')(a=b))'\n"
                "«c.search(b, q)»\n"
            ),
            (
                "from ldap3.utils.conv import escape_filter_chars\n"
                "q = '(&(uid=' + escape_filter_chars(u) + ')(a=b))'\n"
                "c.search(b, q)\n"
            ),
        ),
    ],
)
def test_the_values_of_a_filter_are_escaped(mend: Any, before: str, after: str) -> None:
    """By the library of the file."""
    assert mend(escaped_filter, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "import ldap3\n«c.search(f'{u},dc=a', q)»\n",
    ],
)
def test_other_strings_are_no_filters(mend: Any, before: str) -> None:
    """They start otherwise."""
    assert mend(escaped_filter, before) is None
