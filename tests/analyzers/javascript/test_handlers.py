"""The request is known by where its handler is used and by its type, not by its name."""

from __future__ import annotations

import pytest

from analyzers.check import Insertion, check_prefixes, scan
from analyzers.finding import Span

_HEAD = "const { exec } = require('child_process');\n"
_FOREIGN = (
    "app.get('/', ({ query }, res) => {\n  exec(query.cmd);\n});\n",
    "app.get('/', ({ query: { cmd } }, res) => {\n  exec(cmd);\n});\n",
    "router.post('/x', async (r, s) => {\n  exec(r.body.cmd);\n});\n",
    "app.use('/', (err, r, s, next) => {\n  exec(r.body.cmd);\n});\n",
    "const handler = (r, s) => {\n  exec(r.query.cmd);\n};\napp.get('/', handler);\n",
    "function handler(r, s) {\n  exec(r.query.cmd);\n}\napp.route('/').get(other).post(handler);\n",
    "app.get('/', (r, s) => {\n  const { cmd } = r.query;\n  exec(cmd);\n});\n",
)
_HARMLESS = (
    "list.map((r, s) => exec(r.query.cmd));\n",
    "store.get('x', (r, s) => exec(r.body.cmd));\n",
    "app.get('/', (r, s) => {\n  exec(s.query.cmd);\n});\n",
    "app.get('/', (r, s) => {\n  exec(`head -n ${Number(r.query.n)}`);\n});\n",
    "const handler = (r, s) => {\n  exec(r.query.cmd);\n};\napp.get('/', other);\n",
)


def _blocks(text: str, language: str = "javascript") -> bool:
    found = scan(_HEAD + text, language).findings
    return any(finding.action == "block" for finding in found)


@pytest.mark.parametrize("text", _FOREIGN)
def test_what_a_route_hands_to_its_handler_comes_from_a_client(text: str) -> None:
    assert _blocks(text)
    at = _HEAD + text
    begin = at.index("exec(", len(_HEAD))
    end = at.index(";", begin) + 1
    insertion = Insertion(Span(begin, begin), at[begin:end])
    assert check_prefixes(at[:begin] + at[end:], insertion, "javascript").verdict == "block"


@pytest.mark.parametrize("text", _HARMLESS)
def test_what_other_functions_are_given_is_not_known_to_come_from_a_client(text: str) -> None:
    assert not _blocks(text)


def test_a_parameter_with_the_type_of_a_request_is_one() -> None:
    text = "export const run = (r: {}, s: Response) => {\n  exec(r.query.cmd as string);\n};\n"
    assert _blocks(text.replace("{}", "Request", 1), "typescript")
    assert _blocks(text.replace("{}", "express.Request", 1), "typescript")
    assert not _blocks(text.replace("{}", "Row", 1), "typescript")


@pytest.mark.parametrize(
    "text",
    [
        "cp['exec'](req.query.cmd);\n",
        "let run = console.log;\nif (a) run = exec;\nrun(req.query.cmd);\n",
        "x.run();\nconst run = exec;\nrun(req.query.cmd);\n",
    ],
)
def test_a_function_is_known_however_it_is_called(text: str) -> None:
    assert _blocks("const cp = require('child_process');\n" + text)


def test_what_a_parameter_is_by_default_may_come_from_a_client() -> None:
    text = (
        "app.get('/', (req, res) => {\n  const go = (to = req.query.to) => res.redirect(to);\n});\n"
    )
    assert [finding.rule for finding in scan(text, "javascript").findings] == ["js-open-redirect"]
    text = text.replace("req.query.to)", "'/home')")
    assert not scan(text, "javascript").findings
