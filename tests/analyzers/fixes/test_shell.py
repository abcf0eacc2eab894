"""Commands lose their shell, or their values get quotes."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.shell import without_shell


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('«subprocess.run(f"ls -l {p}", shell=True, check=True)»',
         'subprocess.run(["ls", "-l", p], check=True)'),
        ("«subprocess.run('ls -l', shell=True)»", 'subprocess.run(["ls", "-l"])'),
        ('«subprocess.call("tar xf %s -C \'%s\'" % (a, b), shell=True)»',
         'subprocess.call(["tar", "xf", a, "-C", b])'),
        ('«subprocess.Popen("cp {} {}/out".format(a, b), shell=True, stdout=f)»',
         'subprocess.Popen(["cp", a, f"{b}/out"], stdout=f)'),
        ('«os.system("ping " + host)»', 'subprocess.call(["ping", host])'),
        ('«os.popen("id " + name)».read()',
         'subprocess.run(["id", name], stdout=subprocess.PIPE, text=True).stdout'),
        ('«subprocess.getoutput(f"id {name}")»',
         'subprocess.run(["id", name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)'
         '.stdout.removesuffix("\\n")'),
        ('«subprocess.run(f"cat {p} | wc -l", shell=True)»',
         "import shlex; subprocess.run(f\"cat {shlex.quote(str(p))} | wc -l\", shell=True)"),
        ('«os.system("grep \'" + w + "\' *.txt > " + out)»',
         'import shlex; os.system("grep " + shlex.quote(w) + " *.txt > " + shlex.quote(out))'),
        ('«os.system("grep \'{}\' *.txt".format(w))»',
         'import shlex; os.system("grep {} *.txt".format(shlex.quote(str(w))))'),
        ('«subprocess.run(["sh", "-c", "ls " + d], check=True)»',
         'subprocess.run(["ls", d], check=True)'),
        ('«os.system(" ".join(["ls", "-l", d]))»', 'subprocess.call(["ls", "-l", d])'),
    ],
)  # fmt: skip
def test_a_command_in_the_call(mend: Any, before: str, after: str) -> None:
    """Words become items; what needs a shell keeps it."""
    made = mend(without_shell, f"import os\nimport subprocess\n{before}\n")
    wanted = after.removeprefix("import shlex; ")
    head = "import os\nimport shlex\nimport subprocess\n" if wanted != after else None
    assert made == f"{head or 'import os' + chr(10) + 'import subprocess' + chr(10)}{wanted}\n"


@pytest.mark.parametrize(
    "before",
    [
        "«os.system(command)»",
        '«os.system(f"{program} -v")»',
        "«os.system(f\"echo 'a {b}' | wc\")»",
        '«subprocess.run(f"ls {options}", shell=True, executable="/bin/zsh")»',
        '«subprocess.run(f"a {b:>3}", shell=True)»',
        "«subprocess.run(cmd, shell=False)»",
    ],
)
def test_what_cannot_be_split_or_quoted_is_left(mend: Any, before: str) -> None:
    """A command from elsewhere, a program that is a value, text beside a value in quotes."""
    assert mend(without_shell, f"import os\nimport subprocess\n{before}\n") is None


def test_options_stay_several_words(mend: Any) -> None:
    """A value that is called options is split, and never quoted as one word."""
    made = mend(without_shell, 'import os\n«os.system(f"ls {options} {d}")»\n')
    assert made == (
        "import os\nimport shlex\nimport subprocess\n"
        'subprocess.call(["ls", *shlex.split(options), d])\n'
    )
    assert mend(without_shell, 'import os\n«os.system(f"ls {options} | wc")»\n') is None


def test_a_command_in_a_variable_changes_where_it_is_written(mend: Any) -> None:
    """Unless something else reads it."""
    before = (
        'import subprocess as sp\ndef f(a):\n    cmd = f"ls {a}"\n    «sp.run(cmd, shell=True)»\n'
    )
    assert mend(without_shell, before) == (
        'import subprocess as sp\ndef f(a):\n    cmd = ["ls", a]\n    sp.run(cmd)\n'
    )
    before = before.replace("    «sp", "    print(cmd)\n    «sp")
    assert mend(without_shell, before) == (
        'import subprocess as sp\ndef f(a):\n    cmd = f"ls {a}"\n    print(cmd)\n'
        '    sp.run(["ls", a])\n'
    )


def test_a_missing_import_is_added_among_the_others(mend: Any) -> None:
    """In its place in the order."""
    before = '"""Doc."""\n\nimport os\nimport sys\n\n«os.system("ls " + d)»\n'
    assert mend(without_shell, before) == (
        '"""Doc."""\n\nimport os\nimport subprocess\nimport sys\n\nsubprocess.call(["ls", d])\n'
    )


@pytest.mark.parametrize(
    "command",
    [
        "f\"python -c 'print({x})'\"",
        'f"ssh host ls {x}"',
        'f"env {x}"',
        "f\"su -c 'ls {x}'\"",
        'f"find . -exec {x} +"',
        'f"echo {x} | sh"',
    ],
)
def test_what_runs_its_arguments_is_left(mend: Any, command: str) -> None:
    """Without a shell of ours they still are code."""
    assert (
        mend(without_shell, f"import subprocess\n«subprocess.run({command}, shell=True)»\n") is None
    )
    assert mend(without_shell, f"import os\n«os.system({command})»\n") is None


def test_a_joined_command_that_runs_its_arguments_is_left(mend: Any) -> None:
    """As one that is written in one piece."""
    before = 'import os, subprocess\n«os.system(" ".join(["{}", "-c", d]))»\n'
    assert mend(without_shell, before.format("bash")) is None
    assert mend(without_shell, before.format("ls")) is not None


def test_a_value_that_the_file_gives_several_words_is_left(mend: Any) -> None:
    """As one argument it would mean another thing."""
    before = (
        'import os, subprocess\nrun = lambda c: «os.system("git " + c)»\nrun("log --oneline")\n'
    )
    assert mend(without_shell, before) is None
    assert mend(without_shell, before.replace("log --oneline", "log")) is not None
    before = 'import os, subprocess\ndef run(c):\n    «os.system("ls " + c)»\nrun("*.py")\n'
    assert mend(without_shell, before) is None


@pytest.mark.parametrize(
    ("use", "is_list"),
    [
        ("x = {} >> 8", False),
        ("x = {}", False),
        ("x = {} == 256", False),
        ("x = {} == 0", True),
        ("x = not {}", True),
        ("if {}: pass", True),
        ("{}", True),
    ],
)
def test_a_status_that_is_calculated_with_stays_one(mend: Any, use: str, is_list: bool) -> None:
    """`os.system` shifts the exit code, `subprocess.call` does not: then values are quoted."""
    call = '«os.system(f"ls {d}")»'
    made = mend(without_shell, f"import os, subprocess\n{use.format(call)}\n")
    assert made is not None
    assert ("subprocess.call([" in made) is is_list
    assert ("shlex.quote(str(d))" in made) is not is_list


def test_a_command_that_stands_alone_in_a_list_is_one(mend: Any) -> None:
    """With a shell the list's first element is the whole command."""
    before = "import subprocess\n«subprocess.run(['du -s ' + p], shell=True, text=True)»\n"
    after = 'import subprocess\nsubprocess.run(["du", "-s", p], text=True)\n'
    assert mend(without_shell, before) == after
