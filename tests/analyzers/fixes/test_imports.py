"""Names are reached by the imports that are there, or by one that is added in its place."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.fixes.imports import reach
from analyzers.fixes.writing import applied


def _reach(text: str, module: str, attribute: str) -> tuple[str, str] | None:
    code = Code(text, ast.parse(text))
    at = next(n for n in ast.walk(code.tree) if isinstance(n, ast.Name) and n.id == "HERE")
    reached = reach(code, at, module, attribute)
    return None if reached is None else (reached.text, applied(text, reached.edits))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import html\nHERE\n", "html.escape"),
        ("import html as h\nHERE\n", "h.escape"),
        ("from html import escape\nHERE\n", "escape"),
        ("from html import escape as e\nHERE\n", "e"),
        ("try:\n    import html\nexcept ImportError:\n    pass\nHERE\n", "html.escape"),
        ("def f():\n    import html\n    HERE\n", "html.escape"),
    ],
)
def test_what_is_imported_is_used(text: str, said: str) -> None:
    """Under the name that it has here."""
    assert _reach(text, "html", "escape") == (said, text)


def test_modules_in_packages_are_reached_by_either_import() -> None:
    """`from xml import sax` and `import xml.sax`."""
    assert _reach("from urllib import parse\nHERE\n", "urllib.parse", "quote") == (
        "parse.quote",
        "from urllib import parse\nHERE\n",
    )
    text = "import urllib.parse\nHERE\n"
    assert _reach(text, "urllib.parse", "quote") == ("urllib.parse.quote", text)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("HERE\n", "import html\n\nHERE\n"),
        ("import abc\nimport os\n\nHERE\n", "import abc\nimport html\nimport os\n\nHERE\n"),
        ("import os\nHERE\n", "import html\nimport os\nHERE\n"),
        ("import abc\n\nimport flask\nHERE\n", "import abc\nimport html\n\nimport flask\nHERE\n"),
        ('"""Doc."""\nHERE\n', '"""Doc."""\nimport html\n\nHERE\n'),
        ('"""Doc."""\nfrom __future__ import annotations\n\nimport os\nHERE\n',
         '"""Doc."""\nfrom __future__ import annotations\n\nimport html\nimport os\nHERE\n'),
        ("from __future__ import annotations\nHERE\n",
         "from __future__ import annotations\nimport html\n\nHERE\n"),
        ("#!/usr/bin/python\n# coding: utf-8\nHERE\n",
         "#!/usr/bin/python\n# coding: utf-8\nimport html\n\nHERE\n"),
        ("import abc\r\nHERE\r\n", "import abc\r\nimport html\r\nHERE\r\n"),
        ("def f():\n    import html\nHERE\n", "import html\n\ndef f():\n    import html\nHERE\n"),
        ("import abc; HERE", "import abc; HERE\nimport html\n"),
    ],
)  # fmt: skip
def test_an_import_is_added_in_its_place(text: str, after: str) -> None:
    """Below the docstring and `__future__`, in the order of the alphabet."""
    assert _reach(text, "html", "escape") == ("html.escape", after)


def test_a_name_is_added_to_an_import_of_the_same_module() -> None:
    """Where the file takes names from it one by one."""
    assert _reach("from html import unescape\nHERE\n", "html", "escape") == (
        "escape",
        "from html import unescape, escape\nHERE\n",
    )


@pytest.mark.parametrize(
    "text", ["def f(html):\n    HERE\n", "html = 1\nHERE\n", "def html(): pass\nHERE\n"]
)
def test_a_taken_name_is_gone_around(text: str) -> None:
    """By the function's own name."""
    reached = _reach(text, "html", "escape")
    assert reached is not None
    assert reached[0] == "escape"
    assert "from html import escape\n" in reached[1]


def test_where_every_name_is_taken_there_is_no_way() -> None:
    """A variable hides an import, too."""
    assert _reach("html = escape = 1\nHERE\n", "html", "escape") is None
    assert _reach("import html\ndef f(html, escape):\n    HERE\n", "html", "escape") is None
    assert _reach("open = json = 1\nHERE\n", "json", "open") is None
