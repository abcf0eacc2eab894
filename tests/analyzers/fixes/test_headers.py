"""Headers stay on one line."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.headers import one_line


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "«self.send_header('X-Name', name)»\n",
            "self.send_header('X-Name', \" \".join(str(name).splitlines()))\n",
        ),
        (
            '«self.send_header("X-Name", f"a {b}")»\n',
            'self.send_header("X-Name", f"a {\' \'.join(str(b).splitlines())}")\n',
        ),
        (
            "«start_response('200 OK', [('X-A', a), ('X-B', 'b')])»\n",
            "start_response('200 OK', [('X-A', \" \".join(str(a).splitlines())), ('X-B', 'b')])\n",
        ),
    ],
)
def test_line_ends_of_values_become_spaces(mend: Any, before: str, after: str) -> None:
    assert mend(one_line, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "«start_response('200 OK', lines)»\n",
        "«response.headers[name]» = 'a'\n",
        "«self.send_header('X-Name', f'{a:>9}')»\n",
    ],
)
def test_what_has_no_value_in_sight_is_left(mend: Any, before: str) -> None:
    assert mend(one_line, before) is None
