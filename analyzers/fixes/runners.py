"""Programs that run what they are given: no list of arguments and no quotes make that safe."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Another shell or another machine reads the words once more, wherever in the command they stand.
_SHELLS = frozenset(
    ("sh", "bash", "dash", "zsh", "ksh", "csh", "tcsh", "fish", "ash", "busybox", "powershell",
     "pwsh", "ssh", "su", "eval", "env", "xargs")
)  # fmt: skip
# These do so as programs.
_RUNNERS = frozenset(
    ("cmd", "exec", "source", ".", "rsh", "parallel", "watch", "script", "at", "batch", "crontab",
     "expect", "gdb", "vim", "vi", "emacs", "chroot", "nsenter", "unshare", "flock", "strace",
     "tmux", "screen", "start-stop-daemon", "systemd-run", "runuser", "docker", "podman", "kubectl")
)  # fmt: skip
# What follows these is the program.
_PREFIXES = frozenset(
    ("sudo", "doas", "nohup", "time", "nice", "ionice", "timeout", "setsid", "stdbuf", "command")
)
# The first word that is no option is a program in their language, or names one.
_INTERPRETERS = re.compile(
    r"(?:python|pypy|perl|ruby|node|nodejs|deno|bun|php|lua|[gmn]?awk|sed|tclsh|Rscript|osascript"
    r"|java|sqlite3?|mysql|psql|mariadb)[\d.]*"
)
_CODE_OPTION = re.compile(
    r"-[A-Za-z]*[ceErRfpB]|--(?:eval|exec|execute|command|expression|print|file|run)(?:=.*)?"
)
_RUNNING_OPTIONS = {
    "find": re.compile(r"-(?:exec|execdir|ok|okdir|fprintf?)"),
    "tar": re.compile(r"--(?:checkpoint-action|to-command|use-compress-program|rsh-command).*|-I"),
    "git": re.compile(r"-c|--upload-pack.*|--exec.*|bisect|filter-branch"),
}  # fmt: skip
_SETTING = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_END = re.compile(r"[|&;()\n]+")


def is_run(words: Sequence[str]) -> bool:
    """Whether the program of a command may run a value of it as code.

    Args:
        words: The command's; a NUL stands for each value.
    """
    names = [word.rpartition("/")[2] for word in words]
    if any(name in _SHELLS for name in names):
        return True
    if names and names[0] in _PREFIXES:
        # Which of the words is the program depends on the options before it.
        return any(name in _RUNNERS or _INTERPRETERS.fullmatch(name) for name in names)
    n_settings = 0
    while n_settings < len(words) and _SETTING.fullmatch(words[n_settings]):
        n_settings += 1
    if n_settings == len(words) or "\0" in words[n_settings] or names[n_settings] in _RUNNERS:
        return True
    program, given = names[n_settings], words[n_settings + 1 :]
    if program == "find" and given and given[0].startswith("\0"):
        return True  # A path that is called `-delete` is none.
    if program in _RUNNING_OPTIONS:
        return any(_RUNNING_OPTIONS[program].fullmatch(word) for word in given)
    if not _INTERPRETERS.fullmatch(program):
        return False
    options = [word for word in given if word.startswith("-")]
    if any(_CODE_OPTION.fullmatch(word) or "\0" in word for word in options):
        return True
    named = next((word for word in given if not word.startswith("-")), "\0")
    return "\0" in named


def is_run_by_shell(command: str) -> bool:
    """The same of a command of which a shell makes several.

    Args:
        command: Its text; a NUL stands for each value.
    """
    parts = [re.sub(r"[0-9]*[<>]+&?[0-9]*", " ", part) for part in _END.split(command)]
    written = [[word.strip("'\"") for word in part.split()] for part in parts]
    return any(is_run(words) for words in written if words)
