"""A template made of data

## What it does
Reports a template whose text, not its variables, comes from a request or is put together from
values: `render_template_string`, `jinja2.Template`, `Environment.from_string`, Mako and Django's
`Template`. What Jinja's sandbox renders is let through.

## Why is this bad?
Template languages reach into Python: whoever writes the template runs code on the server.

## Example
```python
render_template_string("<h1>Hello " + name + "</h1>")
```

## Use instead
```python
render_template_string("<h1>Hello {{ name }}</h1>", name=name)
```

## References
- CWE-1336: Improper Neutralization of Special Elements Used in a Template Engine
- CWE-94: Improper Control of Generation of Code
- OWASP Testing Guide: Server-side Template Injection
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import template_variables
from analyzers.flow.called import calls_of
from analyzers.flow.sinks import Judgement, Sink, findings, hits
from analyzers.rule import Rule

RULE = Rule(
    "template-injection",
    cwe=94,
    severity="high",
    confidence="high",
    words=("template", "from_string", "mako"),
)
fix = template_variables.with_variables
# The text has a name of its own in each: another keyword is a variable of the template.
_SINKS = (
    Sink(
        (
            "flask.render_template_string", "render_template_string",
            "quart.render_template_string", "jinja2.Template", "jinja2.environment.Template",
            "bottle.template", "bottle.SimpleTemplate", "flask.stream_template_string",
            ".from_string", "Cheetah.Template.Template", "genshi.template.MarkupTemplate",
        ),
        keywords=("source",),
    ),
    Sink(("mako.template.Template", "web.template.Template"), keywords=("text",)),
    Sink(
        ("django.template.Template", "tornado.template.Template", "chameleon.PageTemplate"),
        keywords=("template_string", "body"),
    ),
)  # fmt: skip
# Its templates reach nothing but what they are given.
_SANDBOX = re.compile(r"(^|\.)(Immutable)?SandboxedEnvironment$")
CALLS = calls_of(*_SINKS)
_JUDGEMENT = Judgement("template", local="medium", unknown="built")
_MESSAGE = "{source} becomes part of this template's text; pass it as a variable"


def find(code: Code) -> Iterator[Finding]:
    """Templates whose text is data."""
    found = [
        hit
        for hit in hits(code, _SINKS, _JUDGEMENT)
        if hit.event.receiver is None or not _SANDBOX.search(hit.event.receiver.kind)
    ]
    yield from findings(code, RULE, found, _MESSAGE)
