"""One writer per model, across processes. The system releases the lock of a killed process."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from codegen.engine import CancelToken
from codegen.errors import StoreBusy
from codegen.store.progress import Progress

_TICK_S = 0.2


@contextlib.contextmanager
def exclusive(
    path: Path, name: str, progress: Progress, cancel: CancelToken, wait_s: float | None
) -> Iterator[None]:
    """Holds the lock file at `path` for the model `name`; waits at most `wait_s`, None for ever.

    Raises:
        StoreBusy: another process still held it.
        Cancelled: the caller no longer wants to wait.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    deadline = None if wait_s is None else time.monotonic() + wait_s
    waiting = False
    while True:
        try:
            lock.acquire(timeout=0 if not waiting else _TICK_S)
            break
        except Timeout:
            cancel.check()
            if deadline is not None and time.monotonic() >= deadline:
                raise StoreBusy(
                    f"another process is busy with {name} (it holds {path}); try again when it "
                    f"is done (waited {wait_s:g} s)"
                ) from None
            if not waiting:
                progress.note(f"another process is busy with {name}; waiting until it is done")
            waiting = True
    try:
        yield
    finally:
        lock.release()
