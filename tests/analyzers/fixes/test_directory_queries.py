"""Filters are escaped, XPath gets variables."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.directory_queries import escaped_filter, with_xpath_variables


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


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("t.xpath(«f\"//a[b='{c}']/text()\"»)\n", 't.xpath("//a[b=$c]/text()", c=c)\n'),
        ("q = \"//a[@b='\" + o.c + \"' and d=%s]\"\n«t.xpath(q)»\n",
         'q = "//a[@b=$c and d=%s]"\nt.xpath(q, c=o.c)\n'),
        ("q = \"//a[@b='\" + o.c + \"']\"\nr = «t.xpath(q, namespaces=n)»\n",
         'q = "//a[@b=$c]"\nr = t.xpath(q, namespaces=n, c=o.c)\n'),
    ],
)  # fmt: skip
def test_an_xpath_expression_gets_variables(mend: Any, before: str, after: str) -> None:
    """In the call, or where the expression is written."""
    assert mend(with_xpath_variables, before) == after


@pytest.mark.parametrize(
    "before", ["«t.xpath('//a[%s]' % n)»\n", "«t.xpath(f\"//{n}[b='{c}']\")»\n", "«t.xpath(q)»\n"]
)
def test_what_is_no_value_of_an_xpath_expression_is_left(mend: Any, before: str) -> None:
    """A position, a name, an expression from elsewhere."""
    assert mend(with_xpath_variables, before) is None
