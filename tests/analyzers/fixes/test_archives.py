"""Archives are unpacked to where they belong."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.archives import filtered


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("«tar.extractall(d)»\n", 'tar.extractall(d, filter="data")\n'),
        ("«tar.extractall()»\n", 'tar.extractall(filter="data")\n'),
        ("«tar.extract(m, d, filter='fully_trusted')»\n", 'tar.extract(m, d, filter="data")\n'),
    ],
)
def test_the_filter_refuses_what_leads_elsewhere(mend: Any, before: str, after: str) -> None:
    """Added, or in place of one that trusts."""
    assert mend(filtered, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "import shutil\n«shutil.unpack_archive('a.zip', d)»\n",
    ],
)
def test_a_zip_archive_takes_no_filter(mend: Any, before: str) -> None:
    """Nor does it need one."""
    assert mend(filtered, before) is None
