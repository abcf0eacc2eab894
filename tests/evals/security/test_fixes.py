"""Cases are read, run and told of; what claims to hold and does not is not counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.errors import DatasetError
from evals.security.fixes import Case, Judged, Ran, judge, lines, read_cases, run, sandbox
from evals.security_fixes import main

_PROGRAM = "import yaml\n\n\ndef load(text):\n    return yaml.load(text, Loader=yaml.Loader)\n"
_CHECKS = (
    "from program import load\n\n\n"
    "def functional_loads():\n    assert load('a: 1') == {'a': 1}\n\n\n"
    "def security_tags():\n"
    "    try:\n        load('!!python/name:os.system')\n"
    "    except Exception:\n        return\n"
    "    raise AssertionError('it made an object')\n"
)
_CUT = "# ---- checks ----\n"


def test_a_case_is_judged_before_and_after() -> None:
    """In the sandbox."""
    with sandbox() as box:
        judged = judge(box, Case("yaml", _PROGRAM, _CHECKS), {})
    assert judged.before.works
    assert not judged.before.is_secure
    assert judged.is_mended
    assert "safe_load" in judged.text


def test_checks_that_never_ran_have_failed() -> None:
    """By a module that does not load, and by a program that ends the process."""
    with sandbox() as box:
        case = Case("broken", "def load(:\n", _CHECKS)
        ran = run(box, case, case.program, {})
        assert not ran.works
        quits = Case("quits", "import os\nos._exit(0)\n", _CHECKS)
        ran = run(box, quits, quits.program, {})
        assert not ran.works
        assert not ran.is_secure
        assert set(ran.names) == {"functional_loads", "security_tags"}


def test_the_share_counts_only_what_works_and_holds() -> None:
    """Of three, one."""
    case = Case("a", "", "")
    before = Ran(("functional_a", "security_a"), {"security_a": "x"})
    good = Ran(before.names, {})
    bad = Ran(before.names, {"functional_a": "it broke"})
    told = lines(
        [
            Judged(case, before, good, "", ("mend",)),
            Judged(case, before, bad, "", ("mend",)),
            Judged(case, before, None, "", ()),
        ]
    )
    assert told[-1] == "1 of 3 programs work and hold after their fixes (33%)"
    assert "it broke" in told[1]
    assert "no fix" in told[2]


def test_the_command_line_says_the_share(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And exits with 1 where it is too small, 2 where there is nothing to judge."""
    assert main([str(tmp_path)]) == 2
    (tmp_path / "yaml.py.txt").write_text(_PROGRAM + _CUT + _CHECKS)
    assert main([str(tmp_path), "--at-least", "1"]) == 0
    assert "1 of 1 programs" in capsys.readouterr().out
    (tmp_path / "other.py.txt").write_text("x = 1\n" + _CUT + "def functional_a(): pass\n")
    assert main([str(tmp_path), "--at-least", "1"]) == 1
    assert main([str(tmp_path), "--json"]) == 0


def test_a_file_without_checks_is_no_case(tmp_path: Path) -> None:
    """It says so."""
    (tmp_path / "a.py.txt").write_text("x = 1\n")
    with pytest.raises(DatasetError, match="has no line"):
        read_cases(tmp_path)
