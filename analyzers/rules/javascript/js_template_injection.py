"""A template that a client writes

## What it does
Reports templates of EJS, Pug, Handlebars, Nunjucks, Mustache, doT and lodash that are compiled from
a request's data.

## Why is this bad?
A template is a program. Whoever writes it runs code on the server.

## Example
```javascript
res.send(ejs.render(`Hello ${req.query.name}`));
```

## Use instead
```javascript
res.send(ejs.render("Hello <%= name %>", { name: req.query.name }));
```

## References
- CWE-1336: Improper Neutralization of Special Elements Used in a Template Engine
- OWASP: Testing for Server-side Template Injection
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.finding import Finding
from analyzers.javascript.script import ScriptCode
from analyzers.javascript.sinks import callee_path, calls, reached
from analyzers.rule import Rule

RULE = Rule(
    "js-template-injection",
    cwe=1336,
    severity="high",
    confidence="high",
    languages=("javascript", "typescript"),
    words=("render", "compile", "template"),
)
_ENGINES = ("@ejs", "ejs.", "@pug", "pug.", "@jade", "@handlebars", "Handlebars.", "handlebars.",
            "@nunjucks", "nunjucks.", "@dot.", "doT.", "@lodash.template", "_.template",
            "@eta.", "@hogan_js", "@swig", "@velocityjs")  # fmt: skip
_CALLS = ("render", "compile", "renderString", "template", "precompile", "renderAsync")


def find(code: ScriptCode) -> Iterator[Finding]:
    """Templates from outside."""
    for call in calls(code, *_CALLS):
        if call.arguments and callee_path(code, call).startswith(_ENGINES):
            yield from reached(code, RULE, call.node, call.arguments[0], "a template")
