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

from analyzers.rule import Rule

RULE = Rule(
    "shell-wildcard",
    cwe=88,
    severity="medium",
    confidence="medium",
    aliases=("B609", "S609"),
    words=("chown", "chmod", "tar", "rsync"),
)
