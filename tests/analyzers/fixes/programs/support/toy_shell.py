"""A shell and programs in Python, for checks in a sandbox that starts no programs.

`install` puts it in the place of `subprocess`, `os.system` and `os.popen`. It knows words, quotes,
`;`, `&`, `|`, `&&`, `||`, `>` and `$(...)`: enough for what is smuggled into a command to run.
"""

from __future__ import annotations

import io
import os
import shlex
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Program = Callable[[list[str], str], str]


class ToyShell:
    """ran: every command that was run, as its words."""

    def __init__(self, programs: dict[str, Program]) -> None:
        self.ran: list[list[str]] = []
        self._programs: dict[str, Program] = {
            "echo": lambda words, _: " ".join(words) + "\n",
            "cat": lambda words, given: "".join(map(_read, words)) if words else given,
            "sort": lambda _, given: "".join(sorted(given.splitlines(keepends=True))),
            "grep": _grep,
            "touch": _touch,
            **programs,
        }

    def run_words(self, words: Sequence[str], given: str = "") -> tuple[int, str]:
        """Runs one program; its status and output."""
        self.ran.append([os.fspath(word) for word in words])
        program = self._programs.get(words[0])
        if program is None:
            return 127, ""
        try:
            return 0, program([os.fspath(word) for word in words[1:]], given)
        except (OSError, ValueError):
            return 1, ""

    def run_text(self, text: str) -> tuple[int, str]:
        """Runs a command line."""
        while "$(" in text:
            start = text.index("$(")
            end = text.index(")", start)
            text = text[:start] + self.run_text(text[start + 2 : end])[1].strip() + text[end + 1 :]
        lexer = shlex.shlex(text, posix=True, punctuation_chars=";|&<>\n")
        lexer.whitespace = " \t"
        lexer.whitespace_split = True
        lexer.commenters = "#"
        status, output, given, words = 0, "", "", []
        for token in [*lexer, ";"]:
            if not set(token) <= set(";|&\n"):
                words.append(token)
                continue
            status, out = self._redirected(words, given) if words else (status, "")
            is_pipe = token == "|"
            given, output = (out, output) if is_pipe else ("", output + out)
            words = []
        return status, output

    def _redirected(self, words: list[str], given: str) -> tuple[int, str]:
        if ">" not in words:
            return self.run_words(words, given)
        at = words.index(">")
        status, out = self.run_words(words[:at], given)
        Path(words[at + 1]).write_text(out)
        return status, ""


def install(programs: dict[str, Program] | None = None) -> ToyShell:
    """Puts the shell in place."""
    shell = ToyShell(programs or {})

    def start(args: Any, options: dict[str, Any]) -> tuple[int, str]:
        if options.get("shell"):
            return shell.run_text(args)
        if isinstance(args, str):
            args = [args]
        given = options.get("input") or ""
        return shell.run_words(args, given.decode() if isinstance(given, bytes) else given)

    def run(args: Any, **options: Any) -> subprocess.CompletedProcess[Any]:
        status, out = start(args, options)
        if options.get("check") and status:
            raise subprocess.CalledProcessError(status, args)
        is_text = (
            options.get("text") or options.get("universal_newlines") or options.get("encoding")
        )
        return subprocess.CompletedProcess(args, status, out if is_text else out.encode(), "")

    class Popen:
        def __init__(self, args: Any, **options: Any) -> None:
            done = run(args, **options)
            self.returncode, self._out = done.returncode, done.stdout
            is_text = isinstance(done.stdout, str)
            self.stdout = io.StringIO(done.stdout) if is_text else io.BytesIO(done.stdout)

        def communicate(self, *_: Any, **__: Any) -> tuple[Any, Any]:
            return self._out, self._out[:0]

        def wait(self, *_: Any, **__: Any) -> int:
            return self.returncode

    doubles: dict[str, Any] = {
        "run": run,
        "call": lambda args, **options: run(args, **options).returncode,
        "check_call": lambda args, **options: run(args, check=True, **options).returncode,
        "check_output": lambda args, **options: run(args, check=True, **options).stdout,
        "getoutput": lambda cmd, **_: shell.run_text(cmd)[1].removesuffix("\n"),
        "Popen": Popen,
    }
    vars(subprocess).update(doubles)
    vars(os).update(
        system=lambda command: shell.run_text(command)[0] << 8,
        popen=lambda cmd, *_: io.StringIO(shell.run_text(cmd)[1]),
    )
    return shell


def _read(name: str) -> str:
    return Path(name).read_text()


def _grep(words: list[str], given: str) -> str:
    words = [word for word in words if not word.startswith("-")]
    text = "".join(map(_read, words[1:])) if words[1:] else given
    return "".join(line for line in text.splitlines(keepends=True) if words[0] in line)


def _touch(words: list[str], _: str) -> str:
    for word in words:
        Path(word).touch()
    return ""
