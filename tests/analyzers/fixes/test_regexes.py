"""Other people's values in patterns stand for themselves."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.regexes import escaped


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import re\n«re.match(a, b)»\n", "import re\nre.match(re.escape(a), b)\n"),
        (
            'import re\n«re.compile(f"^{a}$")»\n',
            'import re\nre.compile(f"^{re.escape(a)}$")\n',
        ),
        (
            "from re import sub\n«sub('x' + a, '', b)»\n",
            "from re import sub, escape\nsub('x' + escape(a), '', b)\n",
        ),
        (
            "import re\n«re.search(pattern=a, string=b)»\n",
            "import re\nre.search(pattern=re.escape(a), string=b)\n",
        ),
    ],
)
def test_the_values_are_escaped(mend: Any, before: str, after: str) -> None:
    assert mend(escaped, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "import re\n«re.match(re.escape(a), b)»\n",
        "import re\n«re.match('a', b)»\n",
        "import re\n«re.compile(f'{a:>9}')»\n",
    ],
)
def test_what_is_escaped_constant_or_formatted_is_left(mend: Any, before: str) -> None:
    assert mend(escaped, before) is None
