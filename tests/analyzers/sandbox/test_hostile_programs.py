"""Programs that mean harm: each ends for the right reason and the next one runs as if nothing was.

The first test shows with harmless attempts that the limits hold; pytest runs a file from the top,
and what follows would do real harm without them.
"""

from __future__ import annotations

import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from analyzers.sandbox import (
    BadAnswer,
    BlockedCall,
    Limits,
    OutOfMemory,
    ProgramDied,
    ProgramFailed,
    ProgramRaised,
    Sandbox,
    TimedOut,
)

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/ns").exists(), reason="only Linux confines programs fully"
)

# For programs that are meant to come to their end.
ROOMY = Limits(cpu_s=20, wall_s=60)


def end_of(sandbox: Sandbox, source: str, function: str = "f") -> ProgramFailed:
    """How a program fails that is not expected to answer."""
    with pytest.raises(ProgramFailed) as caught, sandbox.start(source) as program:
        program.call(function)
    return caught.value


@pytest.fixture(autouse=True)
def leaves_nothing_behind(sandbox: Sandbox) -> Iterator[None]:
    """After each test the next program runs, and no process and no directory is left."""
    processes_before = set(psutil.Process().children(recursive=True))
    scratch_before = set(Path(tempfile.gettempdir()).glob("sandbox-*"))
    yield
    with sandbox.start("def f(x): return x + 1") as program:
        assert program.call("f", (1,)) == 2
    # A supervisor ends right after its last word, hence the wait.
    left = set(psutil.Process().children(recursive=True)) - processes_before
    assert psutil.wait_procs(left, timeout=10)[1] == []
    assert set(Path(tempfile.gettempdir()).glob("sandbox-*")) <= scratch_before


def test_the_kernel_refuses_what_no_program_needs(sandbox: Sandbox) -> None:
    """One attempt each, by the raw call, past everything that Python could forbid."""
    assert not sandbox.report.is_weak, sandbox.report.line()
    with sandbox.start(
        "import os, resource\n"
        "def limits(): return [resource.getrlimit(getattr(resource, 'RLIMIT_' + name))[1]\n"
        "                      for name in ('AS', 'CPU', 'FSIZE', 'NOFILE', 'CORE')]\n"
        "def ids(): return os.getuid(), os.getpid()\n"
    ) as program:
        assert program.call("limits") == [256 << 20, 2, 16 << 20, 64, 0]
        if "pid namespace" in sandbox.report.mechanisms:
            assert program.call("ids") == (65534, 1)
    raw = (
        "import _posixsubprocess as p\n"
        "def f():\n"
        "  return p.fork_exec([b'/x'], [b'/x'], True, (), None, None, -1, -1, -1, -1, -1, -1, 3, 4,"
        " True, False, 0, None, None, None, -1, None, True)\n"
    )
    assert isinstance(end_of(sandbox, raw), BlockedCall)


_TRIED_AND_CAUGHT = {
    "fork": "os.fork()",
    "exec": "os.execv('/bin/true', ['true'])",
    "system": "os.system('true')",
    "posix_spawn": "os.posix_spawn('/bin/true', ['true'], {})",
    "subprocess": "__import__('subprocess').run(['true'])",
    "multiprocessing": "__import__('multiprocessing').Process(target=print).start()",
    "socket": "__import__('socket').socket()",
    "raw socket": "__import__('_socket').socket(2, 1)",
    "name look-up": "__import__('socket').getaddrinfo('localhost', 80)",
    "url": "__import__('urllib.request').request.urlopen('http://localhost')",
    "home": "open(os.path.expanduser('~/.bashrc'))",
    "home of root": "open(os.path.expanduser('~root') + '/.profile')",
    "home of the caller": f"open({str(Path.home() / '.bashrc')!r})",
    "password file": "open('/etc/passwd')",
    "other processes": "os.listdir('/proc')",
    "own process": "open('/proc/self/maps')",
    "temporary files of others": "os.listdir('/tmp')",
    "by way of ..": "open('../../etc/passwd')",
    "a path object": "__import__('pathlib').Path('/etc/passwd').read_text()",
    "a listing by path object": "list(__import__('pathlib').Path('/').iterdir())",
    "bytes path": "open(b'/etc/passwd')",
    "low-level open": "os.open('/etc/passwd', os.O_RDONLY)",
    "a link out": "os.symlink('/etc/passwd', 'link')",
    "writing to the library": "open(os.__file__, 'w')",
    "packages": "open(os.path.dirname(os.__file__) + '/site-packages/README.txt')",
    "signal": "os.kill(os.getppid(), 9)",
    "every process": "os.kill(-1, 9)",
    "native code": "__import__('ctypes').CDLL(None).getpid",
    "memory by address": "__import__('ctypes').string_at(id(1), 8)",
    "all objects": "__import__('gc').get_objects()",
    "what objects refer to": "__import__('gc').get_referents(f)",
    "a lie to the hook": "sys.audit('os.kill', type('I', (int,), {'__ne__': lambda *a: False})(1))",
    "all frames": "sys._current_frames()",
    "user change": "os.setuid(0)",
    "root change": "os.chroot('.')",
}


@pytest.mark.parametrize("attempt", _TRIED_AND_CAUGHT.values(), ids=_TRIED_AND_CAUGHT.keys())
def test_an_attempt_counts_even_if_the_program_catches_its_error(
    sandbox: Sandbox, attempt: str
) -> None:
    """The right answer after it does not help."""
    source = (
        "import os, sys\n"
        "def f():\n"
        f"    try: {attempt}\n"
        "    except BaseException: pass\n"
        "    return 42\n"
    )
    failure = end_of(sandbox, source)
    assert isinstance(failure, BlockedCall), failure
    assert failure.reason == "blocked"


@pytest.mark.parametrize(
    ("source", "kind", "words"),
    [
        ("import os\ndef f(): os._exit(0)", ProgramDied, "status 0"),
        ("import os\ndef f(): os._exit(77)", BlockedCall, ""),
        ("import os\ndef f(): os.abort()", ProgramDied, "signal"),
        ("import faulthandler\ndef f(): faulthandler._read_null()", ProgramDied, "SIGSEGV"),
        ("def f(): raise SystemExit(0)", ProgramRaised, "SystemExit"),
        ("import sys\ndef f(): sys.exit()", ProgramRaised, "SystemExit"),
        ("def f(): raise KeyboardInterrupt", ProgramRaised, "KeyboardInterrupt"),
        ("def f(): return f()", ProgramRaised, "RecursionError"),
        ("class E(BaseException):\n def __str__(s): raise s\ndef f(): raise E", ProgramRaised, "E"),
        ("def f():\n while True: pass", TimedOut, "CPU"),
        (
            "def f():\n while True:\n  try:\n   while True: pass\n  except BaseException: pass",
            TimedOut,
            "CPU",
        ),
        ("import time\ndef f(): time.sleep(60)", TimedOut, "8 s"),
        ("def f(): return len(bytearray(10 << 30))", OutOfMemory, ""),
        ("def f():\n x = []\n while True: x.append(bytearray(1 << 24))", OutOfMemory, ""),
        ("def f():\n x = [0] * 1000\n while True: x = x * 10", OutOfMemory, ""),
        ("import itertools\ndef f(): return itertools.count()", BadAnswer, "iterator"),
        ("def f():\n while True: yield 1", BadAnswer, "iterator"),
        ("def f():\n import time\n yield time.sleep(60)", TimedOut, "8 s"),
        ("def f():\n x = []\n x.append(x)\n return x", BadAnswer, "nested"),
        ("def f():\n x = []\n for i in range(5000): x = [x]\n return x", BadAnswer, "nested"),
        ("def f():\n x = [1]\n for i in range(60): x = [x, x]\n return x", BadAnswer, "parts"),
        ("def f(): return 'x' * (9 << 20)", BadAnswer, "bytes"),
        ("def f(): return 1 << (40 << 20)", BadAnswer, "bytes"),
        ("def f():\n try: yield 1\n finally: raise ValueError('late')", ProgramRaised, "late"),
        ("import os\ndef f(): os.closerange(0, 64)", ProgramDied, ""),
        ("import os\ndef f(): os.dup2(0, 4)", ProgramFailed, ""),
        (
            "import os\ndef f():\n for i in range(64):\n"
            "  try: os.write(i, b'\\xff' * 4096)\n  except OSError: pass",
            BadAnswer,
            "bytes",
        ),
        (
            "import os\ndef f():\n for i in range(64):\n"
            "  try: os.write(i, b'\\0\\0\\0\\x15' + b'0' * 16 + b'V[42]')\n  except OSError: pass",
            BadAnswer,
            "asked",
        ),
        (
            "import signal\ndef f():\n"
            " for s in set(signal.Signals) - {9, 19}: signal.signal(s, lambda *a: None)\n"
            " while True: pass",
            TimedOut,
            "CPU",
        ),
        ("import signal\ndef f():\n signal.alarm(1)\n while True: pass", ProgramFailed, ""),
        (
            "import threading\ndef f():\n def spin():\n  while True: pass\n"
            " for i in range(8): threading.Thread(target=spin).start()\n"
            " while True: pass",
            TimedOut,
            "CPU",
        ),
        (
            "import atexit\natexit.register(lambda: 1 / 0)\ndef f(): raise SystemExit",
            ProgramRaised,
            "",
        ),
        (
            "import sys\nsys.stdout = sys.stderr = None\ndef f(): return g",
            ProgramRaised,
            "NameError",
        ),
    ],
)
def test_it_ends_for_the_right_reason(
    sandbox: Sandbox, source: str, kind: type[ProgramFailed], words: str
) -> None:
    """Whatever it does to itself."""
    failure = end_of(sandbox, source)
    assert isinstance(failure, kind), failure
    assert words in str(failure)


def test_a_fork_bomb_does_not_start(sandbox: Sandbox) -> None:
    """The first fork is the last."""
    failure = end_of(sandbox, "import os\ndef f():\n while True: os.fork()")
    assert isinstance(failure, BlockedCall)


def test_files_are_bounded_in_size_in_sum_and_in_number(sandbox: Sandbox) -> None:
    """A disk filler meets an error, which it may handle, and the disk stays as it was."""
    free_before = psutil.disk_usage(tempfile.gettempdir()).free
    with sandbox.start(
        "import os\n"
        "def fill(name, size):\n"
        "    try:\n"
        "        with open(name, 'wb', 0) as stream:\n"
        "            while size > 0: size -= stream.write(bytes(min(size, 1 << 20)))\n"
        "    except OSError as error: return error.errno\n"
        "def many():\n"
        "    try:\n"
        "        for i in range(1000000): open(f'n{i}', 'w').close()\n"
        "    except OSError as error: return i, error.errno\n"
        "def leak():\n"
        "    kept = []\n"
        "    try:\n"
        "        while True: kept.append(open('/dev/null'))\n"
        "    except OSError as error: return len(kept), error.errno\n",
        limits=ROOMY,
    ) as program:
        assert program.call("fill", ("one", 17 << 20)) == 27  # EFBIG
        assert [program.call("fill", (f"f{i}", 15 << 20)) for i in range(5)][-1] == 28  # ENOSPC
        opened, error = program.call("leak")
        assert opened < 64
        assert error == 24  # EMFILE
        made, error = program.call("many")
        assert made < 4096
        assert error == 28
    assert free_before - psutil.disk_usage(tempfile.gettempdir()).free < 200 << 20


def test_output_neither_disturbs_the_answers_nor_fills_memory(sandbox: Sandbox) -> None:
    """It is kept up to its limit and dropped beyond."""
    source = "def f(n):\n print('x' * n)\n import os\n os.write(2, b'y' * 10)\n return n"
    with sandbox.start(source, limits=ROOMY) as program:
        assert program.call("f", (50_000_000,)) == 50_000_000
        assert program.stdout == b"x" * (64 << 10)
        assert program.stderr == b"y" * 10


def test_overridden_methods_of_the_answer_are_not_asked(sandbox: Sandbox) -> None:
    """Neither equality nor any other method of the program's classes reaches the caller."""
    source = (
        "class Loop(int):\n"
        "    def _spin(self, *a):\n"
        "        while True: pass\n"
        "    __eq__ = __repr__ = __hash__ = __int__ = __index__ = __bool__ = __str__ = _spin\n"
        "class Same:\n"
        "    def __eq__(self, other): return True\n"
        "def number(): return Loop(5)\n"
        "def same(): return [Same()]\n"
    )
    with sandbox.start(source) as program:
        assert program.call("number") == 5
        same = program.call("same")
        assert same != [1]
        assert same[0] != same[0]


def test_patched_builtins_hurt_the_program_alone(sandbox: Sandbox) -> None:
    """The answer is still read as what it is."""
    source = (
        "import builtins, typing\n"
        "def f():\n"
        "    import json\n"
        "    json.dumps = json.loads = json.JSONEncoder = None\n"
        "    for name in ('len', 'type', 'isinstance', 'list', 'any', 'str', 'int', 'iter'):\n"
        "        setattr(builtins, name, lambda *a, **k: True)\n"
        "    return [1]\n"
    )
    with sandbox.start(source) as program:
        assert program.call("f") == [1]


def test_a_thread_that_outlives_a_call_is_judged_as_well(sandbox: Sandbox) -> None:
    """A violation between two calls shows at the next one, or when the program is closed."""
    source = (
        "import threading\n"
        "def f():\n"
        "    def work():\n"
        "        go.wait()\n"
        "        open('/etc/passwd')\n"
        "    threading.Thread(target=work, daemon=True).start()\n"
        "    return 1\n"
        "go = threading.Event()\n"
        "def g():\n"
        "    go.set()\n"
        "    while True: pass\n"
    )
    with sandbox.start(source) as program:
        assert program.call("f") == 1
        with pytest.raises(BlockedCall):
            program.call("g")
    assert program.violations == ("open /etc/passwd",)


def test_two_programs_do_not_see_each_other(sandbox: Sandbox) -> None:
    """Neither files nor processes nor descriptors nor the other's source in memory."""
    if "pid namespace" not in sandbox.report.mechanisms:
        pytest.skip("programs share process ids without a pid namespace")
    look = (
        "import os, sys\n"
        "def write(): open('mine', 'w').close()\n"
        "def look():\n"
        "    kept = []\n"
        "    for number in range(64):\n"
        "        try: kept.append((number, os.fstat(number).st_mode >> 12))\n"
        "        except OSError: pass\n"
        "    return os.listdir(), kept, os.getppid(), sorted(sys.modules)\n"
    )
    with sandbox.start(look) as first, sandbox.start(look, name="other") as second:
        first.call("write")
        files, descriptors, parent, modules = second.call("look")
        assert files == []
        # Standard input is a file; requests, answers, output and errors are pipes.
        assert [number for number, _ in descriptors] == [0, 1, 2, 3, 4]
        assert {kind for _, kind in descriptors} <= {1, 8}
        assert parent == 0
        assert "candidate" not in modules
        assert not [name for name in modules if name.startswith("analyzers")]


def test_the_answers_to_an_evaluation_are_nowhere_to_be_found(sandbox: Sandbox) -> None:
    """What stat can see, which no hook reports, is the interpreter's own files."""
    own_packages = Path(sysconfig.get_path("stdlib"), "site-packages")
    own = Path(sys.base_prefix)
    directories = [own_packages, Path.cwd(), Path.home(), Path(psutil.__file__).parents[1]]
    places = [path for directory in directories for path in directory.glob("*")]
    hidden = [str(path) for path in places if not own.is_relative_to(path)]
    assert len(hidden) > 10
    source = "import os\ndef seen(paths): return [path for path in paths if os.path.exists(path)]\n"
    with sandbox.start(source) as program:
        assert program.call("seen", (hidden,)) == []


def test_every_module_of_the_standard_library_can_be_imported(sandbox: Sandbox) -> None:
    """The hook has nothing against any of them."""
    source = (
        "import sys, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "def f():\n"
        "    missing = []\n"
        "    for name in sorted(sys.stdlib_module_names - {'antigravity', 'this', 'idlelib'}):\n"
        "        try: __import__(name)\n"
        "        except ImportError: missing.append(name)\n"
        "    return missing\n"
    )
    with sandbox.start(source, limits=ROOMY) as program:
        missing = program.call("f")
        assert not {"ssl", "sqlite3", "hashlib", "asyncio", "ctypes", "decimal"} & set(missing)
