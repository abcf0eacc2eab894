"""The sandbox as a whole: what it reports, needs, and leaves behind when things go wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from analyzers.sandbox import (
    BlockedCall,
    Limits,
    ProgramDied,
    Sandbox,
    SandboxError,
    SandboxReport,
    TimedOut,
)

_LIMITS = Limits(wall_s=4.0, cpu_s=1.0, memory_bytes=512 << 20)
_DOUBLE = "def f(x): return 2 * x"
_ROOT = Path(__file__).parents[3]


def _zygotes(of: psutil.Process) -> list[psutil.Process]:
    return [child for child in of.children() if "job = json" in str(child.cmdline())]


def test_the_report_names_what_is_in_force(sandbox: Sandbox) -> None:
    """And is not weak where Landlock and seccomp work."""
    report = sandbox.report
    assert "rlimits" in report.mechanisms
    assert "seccomp" in report.mechanisms
    assert any(name.startswith("landlock (ABI ") for name in report.mechanisms)
    assert not report.is_weak
    assert report.line().startswith("sandbox: ")


def test_a_report_is_weak_without_a_kernel_confinement_of_files_and_of_calls() -> None:
    """One of the two is not enough."""
    assert SandboxReport(("rlimits",)).is_weak
    assert SandboxReport(("rlimits", "seccomp")).is_weak
    assert SandboxReport(("rlimits", "mount namespace")).is_weak
    assert not SandboxReport(("rlimits", "landlock (ABI 1)", "seccomp")).is_weak
    assert SandboxReport(("rlimits",)).line().startswith("WEAK SANDBOX")


@pytest.fixture
def without_namespaces() -> Iterator[Sandbox]:
    """What is left on a machine that gives no user namespaces."""
    with Sandbox(_LIMITS, without=frozenset({"namespaces"})) as sandbox:
        yield sandbox


def test_without_namespaces_files_calls_and_scratch_stay_confined(
    without_namespaces: Sandbox,
) -> None:
    """By Landlock, by seccomp, and by the supervisor's count of the scratch directory."""
    sandbox = without_namespaces
    assert not sandbox.report.is_weak, sandbox.report
    assert "namespaces left out as asked" in sandbox.report.notes
    before = set(Path(tempfile.gettempdir()).glob("sandbox-*"))
    source = (
        "import os, socket, lzma, xml.dom.minidom\n"
        "def own(): open('a', 'w').write('b'); return open('a').read()\n"
        "def quiet(path): return os.access(path, os.R_OK)\n"
        "def outside():\n"
        "    try: open('/etc/passwd')\n"
        "    except OSError: pass\n"
        "    return 1\n"
        "def fill():\n"
        "    for i in range(1000): open(f'f{i}', 'wb').write(bytes(8 << 20))\n"
        "    return 1\n"
        "def dig():\n"
        "    for i in range(2000): os.mkdir('d' * 200); os.chdir('d' * 200)\n"
        "    return 1\n"
    )
    with sandbox.start(source) as program:
        assert program.call("own") == "b"
    for function, kind in (("outside", BlockedCall), ("fill", ProgramDied)):
        with pytest.raises(kind), sandbox.start(source) as program:
            program.call(function)
    outcome = sandbox.run(source + "dig(); fill()\n")
    assert isinstance(outcome.failure, ProgramDied), outcome
    assert set(Path(tempfile.gettempdir()).glob("sandbox-*")) <= before


def test_the_kernel_alone_refuses_files_without_namespaces(without_namespaces: Sandbox) -> None:
    """A whole program has no audit hook: what it cannot read, Landlock keeps from it."""
    outcome = without_namespaces.run(
        "import os, sys\n"
        "for path in sys.argv[1:]:\n"
        "    try: open(path) if os.path.isfile(path) else os.listdir(path)\n"
        "    except PermissionError as error: print(error.errno)\n"
        "    else: print(path)\n",
        argv=["/etc/passwd", "/", str(Path(__file__)), tempfile.gettempdir()],
    )
    assert outcome.stdout.split() == [b"13"] * 4, outcome


def test_only_resource_limits_are_called_weak() -> None:
    """It runs, as the caller may want on another system, and says what it is."""
    weak = frozenset({"namespaces", "landlock", "seccomp", "no capabilities"})
    with Sandbox(_LIMITS, without=weak) as sandbox:
        assert sandbox.report.is_weak
        with sandbox.start(_DOUBLE) as program:
            assert program.call("f", (4,)) == 8
        with pytest.raises(TimedOut), sandbox.start("def f():\n while True: pass") as program:
            program.call("f")
        with pytest.raises(BlockedCall), sandbox.start("import os\ndef f(): os.fork()") as program:
            program.call("f")


def test_programs_of_many_threads_do_not_mix(sandbox: Sandbox) -> None:
    """Each answers its own caller."""

    def ask(number: int) -> object:
        with sandbox.start(f"def f(x): return x, {number}") as program:
            return program.call("f", (number,))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(40))) == [(number, number) for number in range(40)]


def test_a_killed_zygote_is_replaced() -> None:
    """What it was running is lost, and the next program runs."""
    before = _zygotes(psutil.Process())
    with Sandbox(_LIMITS) as sandbox:
        (starter,) = set(_zygotes(psutil.Process())) - set(before)
        for process in (starter, *starter.children(recursive=True)):
            process.kill()
        psutil.wait_procs([starter], timeout=10)
        with sandbox.start(_DOUBLE) as program:
            assert program.call("f", (4,)) == 8
    assert _zygotes(psutil.Process()) == before


def test_a_closed_sandbox_starts_nothing_and_has_ended_everything() -> None:
    """Programs that were still open go with it."""
    before = _zygotes(psutil.Process())
    sandbox = Sandbox(_LIMITS)
    program = sandbox.start(_DOUBLE)
    (starter,) = set(_zygotes(psutil.Process())) - set(before)
    processes = [starter, *starter.children(recursive=True)]
    assert len(processes) >= 3
    sandbox.close()
    assert psutil.wait_procs(processes, timeout=10)[1] == []
    with pytest.raises(SandboxError, match="closed"):
        sandbox.start(_DOUBLE)
    program.close()


def test_a_caller_killed_in_the_middle_leaves_no_process_behind() -> None:
    """The zygote hears the silence, and the kernel takes the rest along."""
    script = (
        "from analyzers.sandbox import Limits, Sandbox\n"
        "sandbox = Sandbox(Limits(wall_s=600, cpu_s=600))\n"
        "program = sandbox.start('def f():\\n while True: pass')\n"
        "print('running', flush=True)\n"
        "program.call('f')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=_ROOT, stdout=subprocess.PIPE
    ) as caller:
        assert caller.stdout is not None
        assert caller.stdout.readline() == b"running\n"
        processes = psutil.Process(caller.pid).children(recursive=True)
        caller.kill()
    assert len(processes) >= 4
    assert psutil.wait_procs(processes, timeout=10)[1] == []


def _interpreter_for_nobody() -> str | None:
    """An interpreter that another user may run."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for path in (
        os.path.realpath(sys.executable),
        shutil.which(f"python{version}", path="/usr/bin"),
    ):
        if path is None:
            continue
        test = subprocess.run(
            ["/bin/sh", "-c", f"test -x {path}"],
            user=65534,
            group=65534,
            extra_groups=[],
            check=False,
        )
        if test.returncode == 0:
            return path
    return None


def test_an_unprivileged_user_gets_the_same_confinement() -> None:
    """Nobody runs it, with an interpreter and a copy of this package that nobody can read."""
    if os.geteuid() != 0:
        pytest.skip("the other tests already run unprivileged")
    interpreter = _interpreter_for_nobody()
    if interpreter is None:
        pytest.skip("no interpreter here can be run by another user")
    script = (
        "import os\n"
        "from analyzers.sandbox import *\n"
        "assert os.getuid() == 65534\n"
        "with Sandbox() as sandbox:\n"
        "    print(sandbox.report.line())\n"
        "    print(sandbox.report.notes)\n"
        '    with sandbox.start(\'def f(x): open("a", "w"); return 2 * x\') as program:\n'
        "        assert program.call('f', (4,)) == 8\n"
        "    for attempt in ('os.fork()', 'open(\"/etc/passwd\")', 'os.kill(0, 9)'):\n"
        "        try:\n"
        "            with sandbox.start(f'import os\\ndef f(): {attempt}') as program:\n"
        "                program.call('f')\n"
        "        except BlockedCall as error: print(error.what)\n"
    )
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        shutil.copytree(_ROOT / "analyzers", Path(directory) / "analyzers")
        done = subprocess.run(
            [interpreter, "-c", script], cwd=directory, user=65534, group=65534, extra_groups=[],
            capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report, notes, *blocked = done.stdout.splitlines()
    assert "seccomp" in report, notes
    assert "landlock" in report, notes
    assert blocked == ["os.fork", "open /etc/passwd", "os.kill of another process"]
