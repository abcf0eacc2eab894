"""A star in a command that files can answer

## What it does
Reports `chown`, `chmod`, `tar` and `rsync` that a shell runs with a `*` for the files.

## Why is this bad?
The shell writes the names of the files in the star's place, and a file called `--checkpoint-action`
or `--reference=x` is then an option of the command.

## Example
```python
os.system("tar cf backup.tar *")
```

## Use instead
```python
subprocess.run(["tar", "cf", "backup.tar", "--", *sorted(os.listdir())])
```

## References
- CWE-88: Improper Neutralization of Argument Delimiters in a Command
- DefenseCode: Back To The Future: Unix Wildcards Gone Wild
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.patterns.calls import keyword, named
from analyzers.patterns.constants import text_of, value_of
from analyzers.rule import Rule

RULE = Rule(
    "shell-wildcard",
    cwe=88,
    severity="medium",
    confidence="medium",
    words=("chown", "chmod", "tar", "rsync"),
)
_SHELLS = ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput")
_STARTERS = tuple(
    f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen")
)
_COMMAND = re.compile(r"\b(chown|chmod|tar|rsync)\b(?![^|;&]*\s--\s)[^|;&]*\s(\*|\S*/\*)(\s|$)")


def find(code: Code) -> Iterator[Finding]:
    """Commands with a star that a shell runs."""
    by_shell = [
        call for call in named(code, *_STARTERS) if value_of(code, keyword(call, "shell")) is True
    ]
    for call in (*named(code, *_SHELLS), *by_shell):
        command = text_of(code, call.args[0]) if call.args else None
        if command is not None and (match := _COMMAND.search(command)):
            message = f"the name of a file can be an option of {match[1]}; put -- before the star"
            yield code.finding(RULE, call, message)
