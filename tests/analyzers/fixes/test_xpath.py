"""XPath expressions get variables."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.xpath import with_variables


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("t.xpath(«f\"//a[b='{c}']/text()\"»)\n", 't.xpath("//a[b=$c]/text()", c=c)\n'),
        ("q = \"//a[@b='\" + o.c + \"' and d=%s]\"\n«t.xpath(q)»\n",
         'q = "//a[@b=$c and d=%s]"\nt.xpath(q, c=o.c)\n'),
        ("q = \"//a[@b='\" + o.c + \"']\"\nr = «t.xpath(q, namespaces=n)»\n",
         'q = "//a[@b=$c]"\nr = t.xpath(q, namespaces=n, c=o.c)\n'),
        ("q = '//a[b=\\'' + c + '\\']'\nf = «etree.XPath(q)»\nr = f(t)\n",
         "q = '//a[b=$c]'\nf = etree.XPath(q)\nr = f(t, c=c)\n"),
        ("r = «etree.XPath(f'//a[b=\"{c}\"]')»(t)\n",
         "r = etree.XPath('//a[b=$c]')(t, c=c)\n"),
        ("import elementpath\n"
         "q = ''.join(['//a[b=\"', c, '\"]'])\nr = «elementpath.select(t, q)»\n",
         "import elementpath\nq = ''.join(['//a[b=$c]'])\n"
         'r = elementpath.select(t, q, variables={"c": c})\n'),
    ],
)  # fmt: skip
def test_an_xpath_expression_gets_variables(mend: Any, before: str, after: str) -> None:
    """In the call, or where the expression is written."""
    assert mend(with_variables, before) == after


@pytest.mark.parametrize(
    "before", ["«t.xpath('//a[%s]' % n)»\n", "«t.xpath(f\"//{n}[b='{c}']\")»\n", "«t.xpath(q)»\n"]
)
def test_what_is_no_value_of_an_xpath_expression_is_left(mend: Any, before: str) -> None:
    """A position, a name, an expression from elsewhere."""
    assert mend(with_variables, before) is None
