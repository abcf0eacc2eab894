"""Plain values are stored as JSON."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.pickling import to_json


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            (
                "import json\n"
                "import pickle\n"
                "def put(a: str):\n"
                "    return pickle.dumps({'a': a})\n"
                "def get(b):\n"
                "    return «pickle.loads(b)»\n"
            ),
            (
                "import json\n"
                "import pickle\n"
                "def put(a: str):\n"
                "    return json.dumps({'a': a}).encode()\n"
                "def get(b):\n"
                "    return json.loads(b)\n"
            ),
        ),
        (
            (
                "import json\n"
                "import pickle\n"
                "def put(f, d: dict[str, int]):\n"
                "    pickle.dump(d, f)\n"
                "def get(f):\n"
                "    return «pickle.load(f)»\n"
            ),
            (
                "import json\n"
                "import pickle\n"
                "def put(f, d: dict[str, int]):\n"
                "    f.write(json.dumps(d).encode())\n"
                "def get(f):\n"
                "    return json.load(f)\n"
            ),
        ),
    ],
)
def test_both_ends_change_together(mend: Any, before: str, after: str) -> None:
    """Bytes stay bytes."""
    assert mend(to_json, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "import pickle\nx = «pickle.loads(b)»\n",
        "import pickle\na = pickle.dumps(Thing())\nx = «pickle.loads(a)»\n",
        "import pickle\na = pickle.dumps({1: 2})\nx = «pickle.loads(a)»\n",
        (
            "import pickle\n"
            "def put(a: dict[int, str]):\n"
            "    return pickle.dumps(a)\n"
            "x = «pickle.loads(a)»\n"
        ),
    ],
)
def test_what_is_not_known_to_be_plain_is_left(mend: Any, before: str) -> None:
    """One end, an object, keys that JSON would change."""
    assert mend(to_json, before) is None


@pytest.mark.parametrize(
    ("value", "is_plain"),
    [
        ("{'n': int(request.form['n']), 't': request.args.get('t', '')}", True),
        ("[f'{a}', name.strip(), time.time(), request.cookies['c']]", True),
        ("{'t': request.args.get('t', default)}", False),
        ("{'t': request.form.getlist('t')}", False),
        ("[load(a)]", False),
    ],
)
def test_calls_that_give_texts_and_numbers_are_plain(mend: Any, value: str, is_plain: bool) -> None:
    before = f"import pickle\nkept = pickle.dumps({value})\nback = «pickle.loads(kept)»\n"
    assert (mend(to_json, before) is not None) is is_plain
