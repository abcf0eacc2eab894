"""Paths that another function puts together."""

from __future__ import annotations

from typing import Any

from analyzers.fixes.path_joins import contained

_TEXT = (
    "import os\nfrom flask import abort, Flask\napp = Flask(__name__)\n"
    "def locate(name):\n    return os.path.join({}, name)\n"
    "@app.get('/<name>')\ndef f(name):\n    path = locate(name)\n    return «open(path)»\n"
)


def test_the_check_stands_where_the_path_is_made(mend: Any) -> None:
    after = mend(contained, _TEXT.format("FILES"))
    made, check, refusal, answer = after.split("def locate(name):\n")[1].split("\n")[:4]
    assert made == "    path = os.path.join(FILES, name)"
    assert "commonpath" in check
    assert refusal == "        abort(404)"
    assert answer == "    return path"


def test_below_the_root_is_everything(mend: Any) -> None:
    assert mend(contained, _TEXT.format('"/"')) is None
