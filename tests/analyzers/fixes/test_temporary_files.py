"""Temporary names become files."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.temporary_files import made


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "import tempfile\nn = «tempfile.mktemp()»\n",
            "import tempfile\nn = tempfile.NamedTemporaryFile(delete=False).name\n",
        ),
        (
            "import tempfile\nn = «tempfile.mktemp('.txt', dir=d)»\n",
            (
                "import tempfile\n"
                "n = tempfile.NamedTemporaryFile(suffix='.txt', dir=d, delete=False).name\n"
            ),
        ),
        (
            "from tempfile import mktemp\nn = «mktemp()»\n",
            (
                "from tempfile import mktemp, NamedTemporaryFile\n"
                "n = NamedTemporaryFile(delete=False).name\n"
            ),
        ),
        (
            "import os, tempfile\nd = «tempfile.mktemp()»\nos.makedirs(d, exist_ok=True)\n",
            "import os, tempfile\nd = tempfile.mkdtemp()\nos.makedirs(d, exist_ok=True)\n",
        ),
    ],
)
def test_the_name_is_that_of_a_file_that_exists(mend: Any, before: str, after: str) -> None:
    """Positions become names of arguments."""
    assert mend(made, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "import os, tempfile\nd = «tempfile.mktemp()»\nos.mkdir(d)\n",
        "import tempfile\nn = «tempfile.mktemp(*a)»\n",
        "n = «open('/tmp/x', 'w')»\n",
    ],
)
def test_what_is_not_known_is_left(mend: Any, before: str) -> None:
    """Arguments that are spread, fixed names, a directory that must not be there yet."""
    assert mend(made, before) is None
