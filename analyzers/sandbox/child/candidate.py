"""The process that runs a program: answers calls over two descriptors until it is ended.

It decides nothing. Whatever it sends is the program's claim, and the parent reads it as such.
"""

from __future__ import annotations

import io
import os
import random
import sys
import types
from collections.abc import Callable
from typing import Any

from analyzers.sandbox import values

NONCE_CHARS = 16
UNASKED = b"0" * NONCE_CHARS
"""Stands in the place of a request's nonce where there was none."""
_HEADER_BYTES = 4
_MAX_MESSAGE_CHARS = 500

_read, _write, _exit = os.read, os.write, os._exit
_type_name_of = values.type_name_of


def send(descriptor: int, payload: bytes) -> None:
    """Writes one frame."""
    frame = len(payload).to_bytes(_HEADER_BYTES, "big") + payload
    while frame:
        frame = frame[_write(descriptor, frame) :]


def receive(descriptor: int) -> bytes | None:
    """Reads one frame; None at the end of the requests."""
    header = _read_exactly(descriptor, _HEADER_BYTES)
    return None if header is None else _read_exactly(descriptor, int.from_bytes(header, "big"))


def _read_exactly(descriptor: int, size: int) -> bytes | None:
    parts: list[bytes] = []
    while size:
        part = _read(descriptor, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def open_standard_streams() -> None:
    """Gives the process text streams of its own; the forked ones hold the zygote's buffers."""
    sys.stdin = io.TextIOWrapper(
        io.BufferedReader(io.FileIO(0, "r", False)), "utf-8", "surrogateescape"
    )
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        raw = io.BufferedWriter(io.FileIO(descriptor, "w", False))
        stream = io.TextIOWrapper(raw, "utf-8", "backslashreplace")
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def serve(requests: int, answers: int, max_bytes: int) -> None:
    """Answers requests: `m` runs a module's source, `c` calls a function of it."""
    random.seed(0)  # Two runs of one program shall agree.
    namespace: dict[str, Any] = {}
    while (frame := receive(requests)) is not None:
        nonce, kind, body = frame[:NONCE_CHARS], frame[NONCE_CHARS:][:1], frame[NONCE_CHARS + 1 :]
        if kind == b"m":
            answer = _guarded(lambda body=body: _run_module(body, namespace), max_bytes)  # type: ignore[misc]
        else:
            answer = _guarded(lambda body=body: _call(body, namespace, max_bytes), max_bytes)  # type: ignore[misc]
        _flush()
        send(answers, nonce + answer)


def _run_module(body: bytes, namespace: dict[str, Any]) -> None:
    name, source = values.decode(body)
    module = types.ModuleType(name)
    sys.modules[name] = module
    namespace["module"] = module.__dict__
    exec(compile(source, f"<{name}>", "exec", dont_inherit=True), module.__dict__)


def _call(body: bytes, namespace: dict[str, Any], max_bytes: int) -> object:
    function, arguments, keywords = values.decode(body)
    module = namespace["module"]
    if function not in module:
        raise NameError(f"name {function!r} is not defined")
    return module[function](*arguments, **keywords)


def _guarded(work: Callable[[], object], max_bytes: int) -> bytes:
    """The answer to one request: V a value, E an exception, M no memory, X no plain value."""
    try:
        return b"V" + values.encode(work(), max_bytes=max_bytes)
    except values.NotPlain as error:
        return b"X" + values.encode(str(error))
    except MemoryError:
        return b"M"
    # Untrusted code may raise anything, SystemExit and its own BaseException included.
    except BaseException as error:  # noqa: BLE001
        return b"E" + values.encode(_describe(error))


def _describe(error: BaseException) -> tuple[str, str]:
    try:
        message = str.__str__(str(error))[:_MAX_MESSAGE_CHARS]
    except BaseException:  # noqa: BLE001 - Its __str__ is untrusted code too.
        message = ""
    return _type_name_of(type(error))[:_MAX_MESSAGE_CHARS], message


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # noqa: BLE001 - The program may have replaced the stream.
            continue
