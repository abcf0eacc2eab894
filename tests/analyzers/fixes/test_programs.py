"""Insecure programs do after their fixes what they did before, and no longer what they should not.

The programs lie in `programs/`; `evals.security.fixes` says how one is written. They run in the
sandbox, with attacks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzers.sandbox import Sandbox
from evals.security.fixes import Case, judge, read_cases, read_support, run, sandbox

FOLDER = Path(__file__).parent / "programs"
CASES = read_cases(FOLDER)
SUPPORT = read_support(FOLDER)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """One sandbox for all programs."""
    with sandbox() as started:
        assert not started.report.is_weak
        yield started


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_program_works_and_can_be_attacked(box: Sandbox, case: Case) -> None:
    """Otherwise its fix would prove nothing."""
    before = run(box, case, case.program, SUPPORT)
    assert before.works, before.failed
    assert not before.is_secure
    assert {name.partition("_")[0] for name in before.names} == {"functional", "security"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mended_program_works_and_cannot_be_attacked(box: Sandbox, case: Case) -> None:
    """By the fix of its rule alone."""
    judged = judge(box, case, SUPPORT)
    assert judged.after is not None, "no fix"
    assert judged.is_mended, (judged.after.failed, judged.text)
