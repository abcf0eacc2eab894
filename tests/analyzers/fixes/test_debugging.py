"""Debugging is off."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.debugging import local_only, off


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("«app.run(port=1, debug=True)»\n", "app.run(port=1, debug=False)\n"),
        ("«DEBUG = True»\n", "DEBUG = False\n"),
        ("«app.config['DEBUG'] = True»\n", "app.config['DEBUG'] = False\n"),
        ("«app.debug = True»\n", "app.debug = False\n"),
    ],
)
def test_the_switch_is_turned(mend: Any, before: str, after: str) -> None:
    """As an argument, a setting, an attribute."""
    assert mend(off, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "«app.run(debug=debug)»\n",
    ],
)
def test_a_switch_from_elsewhere_is_left(mend: Any, before: str) -> None:
    """It may be off."""
    assert mend(off, before) is None


def test_every_address_becomes_the_local_one(mend: Any) -> None:
    """Quotes are kept."""
    assert mend(local_only, "app.run(host=«'0.0.0.0'»)\n") == "app.run(host='127.0.0.1')\n"
    assert mend(local_only, 's.bind((«""», 80))\n') == 's.bind(("127.0.0.1", 80))\n'
