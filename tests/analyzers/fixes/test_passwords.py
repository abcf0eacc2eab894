"""Secrets come from the environment."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.passwords import to_environment


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os\n«password = 'hunter2'»\n", 'import os\npassword = os.environ["PASSWORD"]\n'),
        (
            "import os\nconnect(user='u', «password='x'»)\n",
            "import os\nconnect(user='u', password=os.environ[\"PASSWORD\"])\n",
        ),
        (
            "import os\nc = {'apiKey': «'x1'»}\n",
            "import os\nc = {'apiKey': os.environ[\"API_KEY\"]}\n",
        ),
        ("import os\nself.db_pass = «'x1'»\n", 'import os\nself.db_pass = os.environ["DB_PASS"]\n'),
        (
            "import os\nif «password == 'x1'»: pass\n",
            'import os\nif password == os.environ["PASSWORD"]: pass\n',
        ),
        (
            "import os\nTOKEN = 'Bearer «abc123»'\n",
            "import os\nTOKEN = 'Bearer ' + os.environ[\"TOKEN\"]\n",
        ),
        ("from os import environ\nK = «'x1'»\n", 'from os import environ\nK = environ["K"]\n'),
    ],
)
def test_a_secret_is_named_for_what_it_is_given_to(mend: Any, before: str, after: str) -> None:
    """Variables, arguments, keys, attributes, comparisons."""
    assert mend(to_environment, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "def f(password=«'x1'»): pass\n",
        "K = «b'x1'»\n",
    ],
)
def test_what_has_no_name_is_left(mend: Any, before: str) -> None:
    """And what is read too early to fail."""
    assert mend(to_environment, before) is None
