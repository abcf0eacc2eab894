"""Values are escaped for HTML."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from analyzers.code import Code
from analyzers.finding import Finding, Span, Step
from analyzers.fixes.html_output import escaped
from analyzers.fixes.writing import applied


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import html\ndef f(n):\n    «return f'<b>{n}</b>'»\n",
         "import html\ndef f(n):\n    return f'<b>{html.escape(str(n))}</b>'\n"),
        ("import html\ndef f(n):\n    «return '<b>' + n + '</b>'»\n",
         "import html\ndef f(n):\n    return '<b>' + html.escape(n) + '</b>'\n"),
        ("import html\ndef f(n):\n    «return '<b>%s %d</b>' % (n, 3)»\n",
         "import html\ndef f(n):\n    return '<b>%s %d</b>' % (html.escape(str(n)), 3)\n"),
        ("def f(n):\n    «return '<b>{}</b>'.format(n)»\n",
         "import html\n\ndef f(n):\n    return '<b>{}</b>'.format(html.escape(str(n)))\n"),
        ("def f(n):\n    html = f'<b>{n}</b>'\n    «return html»\n",
         ('from html import escape\n'
'\n'
'def f(n):\n'
"    html = f'<b>{escape(str(n))}</b>'\n"
'    return html\n')),
        (('import html\n'
'def f(n):\n'
"    row = f'<i>{n}</i>'\n"
"    page = f'<b>{row}</b>'\n"
'    «return page»\n'),
         "import html\ndef f(n):\n    row = f'<i>{html.escape(str(n))}</i>'\n"
         "    page = f'<b>{row}</b>'\n    return page\n"),
        ("import html\ndef f(n):\n    return «Markup(n)»\n",
         "import html\ndef f(n):\n    return Markup(html.escape(str(n)))\n"),
    ],
)  # fmt: skip
def test_values_are_escaped_where_they_enter_the_page(mend: Any, before: str, after: str) -> None:
    """Parts of a page that are pages themselves are not."""
    assert mend(escaped, before) == after


def test_only_values_on_the_way_are_escaped() -> None:
    """A finding that shows its way has to do with some of the values."""
    text = "import html\ndef f(own):\n    n = request.args['n']\n    return f'<b>{n}{own}</b>'\n"
    source = text.index("request.args")
    start = text.index("return")
    finding = Finding(
        "a-rule", 79, "high", "high", Span(start, len(text) - 1), "unsafe",
        (Step(Span(source, source + 12), "source"), Step(Span(start, len(text) - 1), "sink")),
    )  # fmt: skip
    fix = escaped(Code(text, ast.parse(text)), finding)
    assert fix is not None
    assert applied(text, fix.edits).endswith("f'<b>{html.escape(str(n))}{own}</b>'\n")


def test_a_whole_page_is_not_escaped_at_its_end(mend: Any) -> None:
    """Its values are, where they can be seen; else nothing is done."""
    before = "import html\ndef f(n):\n    page = Markup('<b>%s</b>' % n)\n    «return page»\n"
    after = before.replace("% n)", "% html.escape(str(n)))").replace("«", "").replace("»", "")
    assert mend(escaped, before) == after
    assert mend(escaped, "def f(n):\n    page = build(n)\n    «return page»\n") is None


@pytest.mark.parametrize(
    "before",
    [
        "def f(n):\n    «return '<a href=' + n + '>'»\n",
        "def f(n):\n    «return f\"<a href='{n}'>\"»\n",
        "def f(n):\n    «return f'<script>go({n})</script>'»\n",
        "def f(n):\n    «return '<p onclick=\"%s\">' % n»\n",
        "def f(n):\n    row = f'<i>{n}</i>'\n    «return '<script>' + row + '</script>'»\n",
        "def f(n):\n    page = '<a href=' + n\n    page += '>'\n    «return page»\n",
        "def f(n):\n    page = '<script>'\n    page += 'go(' + n + ')'\n    «return page»\n",
        "def f(n):\n    head = '<script>go('\n    «return head + n + ')</script>'»\n",
        "def f(n):\n    r = «httpx.get('http://' + n)»\n    return r.text\n",
        "def f(n):\n    u = 'http://' + n\n    «return httpx.get(u).text»\n",
        "def f(body_html):\n    «return mark_safe('<p>' + body_html + '</p>')»\n",
        "def f(n):\n    «return f'<p>{n}</p>'»\ndef g(x):\n    return f('<b>' + x + '</b>')\n",
    ],
)
def test_where_escaping_does_not_help_or_breaks_nothing_is_done(mend: Any, before: str) -> None:
    """In scripts, addresses and bare attributes, and where the value is no text of a page."""
    assert mend(escaped, f"import html\n{before}") is None


def test_what_is_markup_already_is_not_escaped(mend: Any) -> None:
    """Its tags would be shown."""
    before = (
        "import html\ndef f(n):\n    inner = mark_safe('<b>ok</b>')\n"
        "    «return mark_safe('<p>' + n + inner + '</p>')»\n"
    )
    assert mend(escaped, before) == before.replace("+ n +", "+ html.escape(n) +").replace(
        "«", ""
    ).replace("»", "")
