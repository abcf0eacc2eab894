"""Programs whose verdict is known, judged before each evaluation: a judge that errs is stopped.

Right answers must pass and everything else must fail: for each problem the solution with its
answer changed, and a set of cheats and hostile programs. A hostile program that would do harm
runs only once harmless probes of the same limit have shown that the sandbox holds.
"""

from __future__ import annotations

from collections.abc import Sequence

from analyzers.sandbox.limits import Limits
from analyzers.sandbox.sandbox import Sandbox
from evals.errors import CanaryFailed
from evals.humaneval.problems import Problem
from evals.humaneval.program import build_program, trusted_namespace
from evals.judge import Case, Verdict, judge_all

# Long enough for a start on a busy machine, short enough to wait for in each run.
HOSTILE_LIMITS = Limits(wall_s=5.0, cpu_s=0.5, memory_bytes=256 << 20)

_CHANGED = """

def _changed(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1 if value + 1 != value else -value
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, list):
        return value + [None]
    if isinstance(value, tuple):
        return value + (None,)
    return 0

def _wrap(right):
    return lambda *args: _changed(right(*args))

{entry_point} = _wrap({entry_point})
"""

_PROBES = {
    "fork is refused": "import os\nif os.fork() == 0:\n    os._exit(0)\n",
    "a socket is refused": "import socket\nsocket.socket()\n",
    "the home directory is hidden": "import os\nos.listdir(os.path.expanduser('~root'))\n",
    "memory is limited": "_ = bytearray(1 << 30)\n",
    "a file is limited": (
        "with open('filler', 'wb') as file:\n"
        "    for _ in range(1 << 12):\n        file.write(bytes(1 << 16))\n"
    ),
}

_CHEATS = {
    "walks the frames to the judge": """
import sys
def {entry_point}(*args):
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()) + list(frame.f_globals.values()):
            if isinstance(value, list):
                value.append("passed")
            if isinstance(value, dict):
                value["passed"] = True
        frame = frame.f_back
""",
    "answers an object that equals everything": """
class Equal:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __bool__(self): return True
    def __abs__(self): return 0
    def __sub__(self, other): return 0
    __rsub__ = __add__ = __radd__ = __sub__
    def __iter__(self): return iter(())
    def __hash__(self): return 0
def {entry_point}(*args): return Equal()
""",
    "answers a list that equals everything": """
class Equal(list):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
def {entry_point}(*args): return Equal([object])
""",
    "ends itself as if well": "import os\ndef {entry_point}(*args): os._exit(0)\n",
    "ends itself while it is loaded": "import os\nos._exit(0)\n",
    "exits": "import sys\ndef {entry_point}(*args): sys.exit(0)\n",
    "exits while it is loaded": "import sys\nsys.exit(0)\n",
    "patches what asserts": """
import builtins
class Never(Exception): pass
builtins.AssertionError = Never
builtins.all = builtins.any = builtins.isinstance = lambda *args: True
def {entry_point}(*args): raise Never
""",
    "answers an error that looks like success": """
def {entry_point}(*args): raise SystemExit(0)
""",
    "writes to every descriptor": """
import os
def {entry_point}(*args):
    for fd in range(64):
        try: os.write(fd, b'{{"value": true, "passed": true}}\\n' * 9)
        except OSError: pass
""",
    "reads the home directory": """
import os
def {entry_point}(*args):
    return open(os.path.expanduser("~/.bashrc")).read()
""",
    "opens a socket": """
import socket
def {entry_point}(*args):
    return socket.create_connection(("127.0.0.1", 9), 1)
""",
    "never ends": "def {entry_point}(*args):\n    while True: pass\n",
    "never ends and catches everything": """
def {entry_point}(*args):
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
    "never finishes loading": "while True: pass\n",
}

# These run after all of the above have failed as they must.
_BOMBS = {
    "a fork bomb": """
import os
def {entry_point}(*args):
    while True:
        try: os.fork()
        except OSError: pass
""",
    "10 GB of memory": """
def {entry_point}(*args):
    return [bytearray(b"x" * (1 << 20)) for _ in range(10_000)]
""",
    "a full disk": """
def {entry_point}(*args):
    for i in range(1_000_000):
        with open(str(i), "wb") as file:
            for _ in range(1 << 10): file.write(bytes(1 << 20))
""",
}


def run_canaries(sandbox: Sandbox, problems: Sequence[Problem], *, jobs: int) -> dict[str, int]:
    """Judges the programs with known verdicts and returns how many there were of each kind.

    Raises:
        CanaryFailed: one was judged wrongly; nothing that follows could be believed.
    """
    right = [_case(problem, problem.canonical_solution) for problem in problems]
    wrong = [
        _case(p, p.canonical_solution + _CHANGED.format(entry_point=p.entry_point))
        for p in problems
    ]
    _expect(right, judge_all(sandbox, right, jobs=jobs), passed=True)
    _expect(wrong, judge_all(sandbox, wrong, jobs=jobs), passed=False)
    _expect_probes(sandbox, problems[0])
    target = problems[0]
    n_hostile = 0
    # Where only resource limits hold, a bomb could do harm; the report is marked weak anyway.
    for programs in (_CHEATS,) if sandbox.report.is_weak else (_CHEATS, _BOMBS):
        cases = [
            _case(target, "    pass\n" + source.format(entry_point=target.entry_point), name)
            for name, source in programs.items()
        ]
        verdicts = judge_all(sandbox, cases, jobs=jobs, limits=HOSTILE_LIMITS)
        _expect(cases, verdicts, passed=False)
        n_hostile += len(cases)
    after = judge_all(sandbox, right[:1], jobs=1)
    _expect(right[:1], after, passed=True)  # The hostile ones have left the judge as it was.
    return {"right": len(right), "wrong": len(wrong), "hostile": n_hostile}


def _expect_probes(sandbox: Sandbox, problem: Problem) -> None:
    """Each probe would pass if its limit did not hold."""
    cases = [
        _case(problem, f"{problem.canonical_solution}\n\n{source}", name)
        for name, source in _PROBES.items()
    ]
    verdicts = judge_all(sandbox, cases, jobs=1, limits=HOSTILE_LIMITS)
    _expect(cases, verdicts, passed=False)


def _case(problem: Problem, completion: str, name: str | None = None) -> Case:
    return Case(
        case_id=name or problem.task_id,
        source=build_program(problem, completion),
        entry_point=problem.entry_point,
        helpers=trusted_namespace(problem),
        test=problem.test,
    )


def _expect(cases: Sequence[Case], verdicts: Sequence[Verdict], *, passed: bool) -> None:
    for case, verdict in zip(cases, verdicts, strict=True):
        if verdict.passed != passed:
            kind = "right" if passed else "wrong"
            raise CanaryFailed(
                f"the judge cannot be trusted here: the known {kind} program «{case.case_id}» was "
                f"judged {verdict.reason} ({verdict.detail}); run `leadsman doctor` and report this"
            )
