"""Modes are for the owner alone."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.modes import for_owner


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import os\nos.«chmod»(p, 0o777)\n", "import os\nos.chmod(p, 0o700)\n"),
        ("import os\n«os.chmod(p, 0o666)»\n", "import os\nos.chmod(p, 0o600)\n"),
        (
            "import os, stat\n«os.chmod(p, stat.S_IRWXU | stat.S_IRWXO)»\n",
            "import os, stat\nos.chmod(p, 0o700)\n",
        ),
        ("import os\n«os.makedirs(p, mode=0o777)»\n", "import os\nos.makedirs(p, mode=0o700)\n"),
        ("import os\n«os.umask(0)»\n", "import os\nos.umask(0o077)\n"),
        ("«path.chmod(0o644)»\n", "path.chmod(0o600)\n"),
        (
            "import os\nf = «os.open(p, os.O_CREAT, 0o666)»\n",
            "import os\nf = os.open(p, os.O_CREAT, 0o600)\n",
        ),
    ],
)
def test_the_others_get_nothing(mend: Any, before: str, after: str) -> None:
    """As numbers and as names, of functions and of paths."""
    assert mend(for_owner, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "import os\n«os.chmod(p, mode)»\n",
        "«open(p, 'w', 511)»\n",
    ],
)
def test_modes_that_are_not_seen_are_left(mend: Any, before: str) -> None:
    """A variable, an `open` whose third argument is a buffer."""
    assert mend(for_owner, before) is None
