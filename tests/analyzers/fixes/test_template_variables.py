"""Values are handed to templates, which escape them."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.template_variables import autoescaped, filtered, with_variables


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("«render_template_string('<b>' + n + '</b>')»\n",
         "render_template_string('<b>{{ n }}</b>', n=n)\n"),
        ("«render_template_string(f'<b>{o.n}</b>{{% x %}}', a=1)»\n",
         "render_template_string('<b>{{ n }}</b>{% x %}', a=1, n=o.n)\n"),
        ("t = '<b>%s</b>' % n\nr = «Template(t)».render()\n",
         "t = '<b>{{ n }}</b>'\nr = Template(t).render(n=n)\n"),
        ("t = «Template(f'<b>{n}</b>')»\nr = t.render(m=1)\n",
         "t = Template('<b>{{ n }}</b>')\nr = t.render(m=1, n=n)\n"),
    ],
)  # fmt: skip
def test_a_template_gets_variables(mend: Any, before: str, after: str) -> None:
    """In the call that renders it."""
    assert mend(with_variables, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "«render_template_string(t)»\n",
        "«render_template_string(f'{n}', n=2)»\n",
        "t = «Template(f'<b>{n}</b>')»\n",
        "«render_template_string(f'{n:>9}')»\n",
    ],
)
def test_a_template_that_is_not_seen_whole_is_left(mend: Any, before: str) -> None:
    """From elsewhere, with the name taken, never rendered, formatted."""
    assert mend(with_variables, before) is None


def test_templates_escape_what_they_are_given(mend: Any) -> None:
    """Added, or turned on."""
    head = "from jinja2 import Environment\n"
    after = head + "e = Environment(loader=x, autoescape=True)\n"
    assert mend(autoescaped, head + "e = «Environment(loader=x)»\n") == after
    before = head + "e = «Environment(loader=x, autoescape=False)»\n"
    assert mend(autoescaped, before) == after


def test_mako_filters_by_default(mend: Any) -> None:
    """Added to templates and to what looks them up."""
    head = "from mako.template import Template\n"
    after = head + 't = Template(s, default_filters=["h"])\n'
    assert mend(filtered, head + "t = «Template(s)»\n") == after


@pytest.mark.parametrize(
    "template",
    [
        '"<p>{{ cfg[" + a + "] }}</p>"',
        '"<script>go(\'" + a + "\')</script>"',
        '"<a href=" + a + ">"',
        '"{% if " + a + " %}x{% endif %}"',
    ],
)
def test_a_value_that_is_code_in_the_template_is_left(mend: Any, template: str) -> None:
    """In an expression it cannot be a variable, and in a script escaping does not help."""
    assert mend(with_variables, f"«render_template_string({template})»\n") is None
