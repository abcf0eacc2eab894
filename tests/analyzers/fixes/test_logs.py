"""Entries stay on one line."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.logs import one_line


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("«log.info(f'a {b} c')»\n", "log.info(f'a {\" \".join(str(b).splitlines())} c')\n"),
        ("«log.info('a %s', b)»\n", "log.info('a %s', \" \".join(str(b).splitlines()))\n"),
        ("«log.info('a ' + b)»\n", "log.info('a ' + \" \".join(str(b).splitlines()))\n"),
    ],
)
def test_line_ends_become_spaces(mend: Any, before: str, after: str) -> None:
    """In the text and beside it."""
    assert mend(one_line, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "«log.info(f'a {b:>9}')»\n",
    ],
)
def test_a_formatted_value_is_left(mend: Any, before: str) -> None:
    """The call would lose its format."""
    assert mend(one_line, before) is None
