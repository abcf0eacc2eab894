"""Whole files are mended."""

from __future__ import annotations

from analyzers.fixes.files import mend_file


def test_a_file_is_mended_in_one_go() -> None:
    """Imports, line ends and comments in their places."""
    text = (
        "import sqlite3\r\nimport tempfile\r\n\r\n\r\ndef f(c, n):\r\n"
        "    # Who is it?\r\n    c.execute(f\"SELECT a FROM t WHERE n = '{n}'\")\r\n"
        "    return tempfile.mktemp()  # a name\r\n"
    )
    made = mend_file(text)
    assert made.text == (
        "import sqlite3\r\nimport tempfile\r\n\r\n\r\ndef f(c, n):\r\n"
        '    # Who is it?\r\n    c.execute("SELECT a FROM t WHERE n = ?", (n,))\r\n'
        "    return tempfile.NamedTemporaryFile(delete=False).name  # a name\r\n"
    )
    assert made.findings == ()


def test_a_mended_file_has_nothing_left_to_mend() -> None:
    """The second time changes nothing."""
    text = "import os\nimport tempfile\nos.chmod(tempfile.mktemp(), 0o777)\n"
    once = mend_file(text)
    assert once.fixes
    assert mend_file(once.text).text == once.text


def test_what_is_most_likely_no_weakness_is_left() -> None:
    """Random numbers that nobody keeps secret."""
    text = "import random\ndef roll():\n    return random.randint(1, 6)\n"
    assert mend_file(text).text == text


def test_a_text_that_does_not_parse_is_left() -> None:
    """As it is."""
    assert mend_file("def f(:\n").text == "def f(:\n"
