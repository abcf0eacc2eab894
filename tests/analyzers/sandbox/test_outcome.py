"""Whole programs: what they read, write and end with."""

from __future__ import annotations

import sysconfig

import pytest

from analyzers.sandbox import BlockedCall, Limits, OutOfMemory, Sandbox, TimedOut


def test_a_whole_program_has_input_arguments_files_and_a_status(sandbox: Sandbox) -> None:
    """As if it was started from a shell in a directory of its own."""
    source = (
        "import sys, os, atexit\n"
        "atexit.register(print, 'bye')\n"
        "print(sys.stdin.read().upper(), sys.argv[1:], open('data/x').read(), __name__)\n"
        "print('oops', file=sys.stderr)\n"
        "sys.exit(3)\n"
    )
    outcome = sandbox.run(source, stdin=b"in", argv=["a"], files={"data/x": b"content"})
    assert outcome.stdout == b"IN ['a'] content __main__\nbye\n"
    assert (outcome.stderr, outcome.exit_status, outcome.failure) == (b"oops\n", 3, None)


@pytest.mark.parametrize(
    ("source", "status", "words"),
    [
        ("pass", 0, b""),
        ("raise ValueError('bad')", 1, b"ValueError: bad"),
        ("import sys; sys.exit('no')", 1, b"no"),
        ("def f(:", 1, b"SyntaxError"),
        ("import os; os._exit(5)", 5, b""),
    ],
)
def test_it_ends_with_the_status_of_the_interpreter(
    sandbox: Sandbox, source: str, status: int, words: bytes
) -> None:
    """And with its words on standard error."""
    outcome = sandbox.run(source)
    assert outcome.exit_status == status
    assert outcome.failure is None
    assert words in outcome.stderr


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("while True: pass", TimedOut),
        ("import time; time.sleep(60)", TimedOut),
        ("import os; os.fork()", BlockedCall),
        ("import socket; socket.socket()", BlockedCall),
        ("import os; os.kill(0, 9)", BlockedCall),
    ],
)
def test_what_is_ended_has_no_status_of_its_own(
    sandbox: Sandbox, source: str, kind: type[Exception]
) -> None:
    """But a reason."""
    outcome = sandbox.run(source, limits=Limits(wall_s=3, cpu_s=1))
    assert outcome.exit_status is None
    assert isinstance(outcome.failure, kind), outcome.failure


def test_memory_is_bounded_for_whole_programs(sandbox: Sandbox) -> None:
    """An uncaught MemoryError is the interpreter's status 1, and a caught one is the program's."""
    outcome = sandbox.run("bytearray(10 << 30)")
    assert b"MemoryError" in outcome.stderr or isinstance(outcome.failure, OutOfMemory)
    assert outcome.exit_status == 1


def test_endless_output_is_cut_and_the_program_timed(sandbox: Sandbox) -> None:
    """The parent's memory holds no more than the limit."""
    outcome = sandbox.run("while True: print('x' * 1000)", limits=Limits(wall_s=5, cpu_s=0.5))
    assert isinstance(outcome.failure, TimedOut)
    assert len(outcome.stdout) == 64 << 10


def test_generated_tests_run_with_the_packages_they_were_given() -> None:
    """pytest from the caller's packages, on a file that exists in the sandbox alone."""
    files = {"test_it.py": b"def test_good(): pass\ndef test_bad(): assert 1 == 2\n"}
    packages = sysconfig.get_path("purelib")
    source = "import sys, pytest\nsys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '.']))"
    with Sandbox(Limits(wall_s=60, cpu_s=20), importable=[packages]) as sandbox:
        outcome = sandbox.run(source, files=files)
        assert outcome.failure is None, outcome
        assert outcome.exit_status == 1
        assert b"1 failed, 1 passed" in outcome.stdout
        assert b"assert 1 == 2" in outcome.stdout
