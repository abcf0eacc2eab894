"""Paths are held inside of their folder."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.path_joins import contained

REAL = "os.path.realpath"
INNER = 'f"{base}/x"'


def _check(folder: str, name: str) -> str:
    return f"if os.path.commonpath([{REAL}({folder}), {REAL}({name})]) != {REAL}({folder}):"


_RAISE = 'raise ValueError("the path leads out of its folder")'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("p = os.path.join(base, name)\nf = «open(p)»\n",
         f"p = os.path.join(base, name)\n{_check('base', 'p')}\n    {_RAISE}\nf = open(p)\n"),
        ("«with open(os.path.join(base, name)) as f»:\n    pass\n",
         f"path = os.path.join(base, name)\n{_check('base', 'path')}\n    {_RAISE}\n"
         "with open(path) as f:\n    pass\n"),
        ('f = «open("data/" + name)»\n',
         f'path = "data/" + name\n{_check(chr(34) + "data" + chr(34), "path")}\n    {_RAISE}\n'
         "f = open(path)\n"),
        ("f = «open(f'{base}/x/{name}.txt')»\n",
         f"path = f'{{base}}/x/{{name}}.txt'\n{_check(INNER, 'path')}\n    {_RAISE}\n"
         "f = open(path)\n"),
        ("p = os.path.normpath(os.path.join(base, name))\nf = «open(p)»\n",
         "p = os.path.normpath(os.path.join(base, name))\n"
         f"{_check('base', 'p')}\n    {_RAISE}\nf = open(p)\n"),
        ("p = base / name / 'x'\nf = «p.read_text()»\n",
         "p = base / name / 'x'\nif not p.resolve().is_relative_to(base.resolve()):\n"
         f"    {_RAISE}\n"
         "f = p.read_text()\n"),
        # The parentheses were the operand's own.
        ("f = «(base / name).read_text()»\n",
         "path = base / name\nif not path.resolve().is_relative_to(base.resolve()):\n"
         f"    {_RAISE}\nf = (path).read_text()\n"),
        ("from pathlib import Path\nf = «Path('d', name).open()»\n",
         "from pathlib import Path\npath = Path('d', name)\n"
         "if not path.resolve().is_relative_to(Path('d').resolve()):\n"
         f"    {_RAISE}\nf = path.open()\n"),
    ],
)  # fmt: skip
def test_a_check_stands_between_the_join_and_its_use(mend: Any, before: str, after: str) -> None:
    """By `os.path` and by `pathlib`, in a variable and without."""
    assert mend(contained, f"import os\n{before}") == f"import os\n{after}"


@pytest.mark.parametrize(
    "before",
    [
        "f = «open(name)»\n",
        "f = «open(f'{a}{b}')»\n",
        "f = «open('a' + name)»\n",
        "fs = [«open(os.path.join(base, n))» for n in ns]\n",
        "while «open(os.path.join(base, n))»: pass\n",
        "f = «open(n if n else os.path.join(base, n))»\n",
        "«requests.get('https://a.example/' + name)»\n",
    ],
)
def test_without_a_folder_or_a_place_for_the_check_nothing_is_done(mend: Any, before: str) -> None:
    """What runs several times or sometimes cannot be checked above."""
    assert mend(contained, f"import os\n{before}") is None


def test_a_view_of_flask_aborts(mend: Any) -> None:
    """The name comes with those that are imported already."""
    before = (
        "import os\nfrom flask import Flask\n@app.route('/')\ndef f(n):\n"
        "    p = os.path.join(D, n)\n    return «send_file(p)»\n"
    )
    after = (
        "import os\nfrom flask import Flask, abort\n@app.route('/')\ndef f(n):\n"
        f"    p = os.path.join(D, n)\n    {_check('D', 'p')}\n        abort(404)\n"
        "    return send_file(p)\n"
    )
    assert mend(contained, before) == after


def test_an_exception_of_the_framework_is_preferred(mend: Any) -> None:
    """Where it is imported."""
    made = mend(
        contained,
        "import os\nfrom fastapi import HTTPException\ndef f(n):\n"
        "    p = os.path.join(D, n)\n    return «open(p)»\n",
    )
    assert made is not None
    assert "raise HTTPException(status_code=404, " in made


@pytest.mark.parametrize(
    "before",
    [
        "if a:\n    b()\nelif «open(os.path.join(base, n))»:\n    c()\nelse:\n    d()\n",
        "try:\n    b()\nexcept «open(os.path.join(base, n))»:\n    c()\n",
        "with open(d) as f, «open(os.path.join(base, f.name))»:\n    pass\n",
    ],
)
def test_nothing_is_moved_in_front_of_what_runs_before_it(mend: Any, before: str) -> None:
    """A line above an `elif` would give its branches to another `if`."""
    assert mend(contained, f"import os\n{before}") is None
