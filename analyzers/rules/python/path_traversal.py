"""A file chosen by data

## What it does
Reports a path that comes from a request and reaches a function that opens, lists, moves or deletes
files, unless it was reduced to its last part or seen to lie below a folder. Less sure are the names
in an archive; least sure is a name that is typed in or handed to a function and put behind a
folder, where the function's own words say so: `read(base_dir, filename)`.

## Why is this bad?
`../../etc/passwd` and absolute paths lead out of the folder that was meant.

## Example
```python
open(os.path.join(UPLOADS, request.args["name"]))
```

## Use instead
```python
path = (UPLOADS / request.args["name"]).resolve()
if not path.is_relative_to(UPLOADS):
    abort(404)
```

## References
- CWE-22: Improper Limitation of a Pathname to a Restricted Directory
- OWASP: Path Traversal
- Flask documentation: `send_from_directory`
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import path_joins
from analyzers.flow.analysis import analysis
from analyzers.flow.called import calls_of
from analyzers.flow.library import STREAMS
from analyzers.flow.origin import THROUGH, Level
from analyzers.flow.sinks import Hit, Judgement, Sink, findings, hits, judged
from analyzers.flow.sources import ARCHIVE, OF_ARCHIVES
from analyzers.rule import Rule

RULE = Rule(
    "path-traversal",
    cwe=22,
    severity="high",
    confidence="high",
    words=(
        "open", "path", "file", "shutil", "remove", "unlink", "rmtree", "mkdir", "listdir",
        "rename", "rmdir", "mkdirs", "makedirs", "removedirs", "chmod", "chown", "link", "truncate",
        "stat", "access", "replace", "copy", "move", "save", "connect", "loadtxt", "linecache",
        "send_", "samefile", "load", "exists", "glob", "iterdir", "touch", "read_", "write_",
        "scandir", "walk(", "download_file",
    ),
)  # fmt: skip
fix = path_joins.contained
_SINKS = (
    Sink(
        (
            "open", "io.open", "codecs.open", "os.open", "os.remove", "os.unlink", "os.rmdir",
            "os.listdir", "os.scandir", "os.walk", "os.mkdir", "os.makedirs", "os.removedirs",
            "os.stat", "os.chmod", "os.chown", "os.readlink", "os.truncate", "os.path.exists",
            "os.path.isfile", "os.path.isdir", "os.path.getsize", "os.path.getmtime", "os.access",
            "shutil.rmtree", "glob.glob", "glob.iglob", "linecache.getline", "linecache.getlines",
            "flask.send_file", "quart.send_file", "bottle.static_file", "send_file",
            "aiofiles.open", "zipfile.ZipFile", "tarfile.open", "gzip.open", "bz2.open",
            "lzma.open", "shelve.open", "numpy.load", "numpy.loadtxt", "pandas.read_csv",
            "fastapi.responses.FileResponse", "starlette.responses.FileResponse", "FileResponse",
            "django.http.FileResponse", "aiohttp.web.FileResponse", "PIL.Image.open",
            "os.path.lexists", "pathlib.Path.open", "sqlite3.connect",
        ),
        keywords=("file", "path", "filename", "path_or_file"),
    ),
    Sink(
        (
            "os.rename", "os.replace", "os.link", "os.symlink", "shutil.copy", "shutil.copy2",
            "shutil.copyfile", "shutil.move", "shutil.copytree",
        ),
        (0, 1),
        ("src", "dst"),
    ),
    Sink(("flask.send_from_directory", "send_from_directory"), (0,), ("directory",)),
    Sink((".save",), (0,), ("dst",)),
    # Of boto3: bucket, key, and the file that is written.
    Sink((".download_file",), (2,), ("Filename",)),
)  # fmt: skip
# Methods of paths that touch the file system.
_OF_PATHS = (
    "open", "read_text", "read_bytes", "write_text", "write_bytes", "exists", "is_file", "is_dir",
    "unlink", "rmdir", "mkdir", "iterdir", "glob", "rglob", "touch", "rename", "replace", "stat",
    "lstat", "chmod", "samefile", "hardlink_to", "symlink_to",
)  # fmt: skip
CALLS = calls_of(*_SINKS, [f".{method}" for method in _OF_PATHS])
_JUDGEMENT = Judgement("path", local=None)
# What is typed in, packed into an archive or handed over; `_weighed` says of which it is minded.
_DOUBTED = Judgement("path", local="medium", unknown="built", of_unknown="low")
_FOLDER = re.compile(
    r"^(base|root|storage|upload|uploads|static|media|public|data|doc|document|documents|files)"
    r"_?(dir|directory|folder|path|root)?$|^(folder|directory)$",
    re.IGNORECASE,
)
_CHOSEN = re.compile(
    r"^((user|requested|request|relative|rel|sub|file)_?(path|name|file|filename)|filename)$",
    re.IGNORECASE,
)
# A text that begins with a folder of the program's, and goes on with a part that it does not know.
_BELOW = re.compile(r"[^\0]*[^\0/]/\0")
# Where what `_weighed` minds comes from.
_ANYBODYS = frozenset(
    {"input", "raw_input", "stdin", "getpass", "infolist", "namelist", "getmembers", "getnames"}
)
_MESSAGE = "{source} decides over this path; check that it stays below its folder"


def find(code: Code) -> Iterator[Finding]:
    """Paths that come from a request."""
    found = list(_paths(code, _JUDGEMENT))
    found += [weighed for hit in _paths(code, _DOUBTED) if (weighed := _weighed(hit)) is not None]
    yield from findings(code, RULE, found, _MESSAGE)


def _paths(code: Code, judgement: Judgement) -> Iterator[Hit]:
    for hit in hits(code, _SINKS, judgement):
        if (hit.event.method != "save" or _is_path(hit)) and not _is_read(hit):
            yield hit
    for event in analysis(code).calls(_OF_PATHS):
        receiver = event.receiver
        if receiver is not None and receiver.kind.endswith("Path"):
            hit_or_none = judged(event, receiver, judgement)
            if hit_or_none is not None:
                yield hit_or_none


def _weighed(hit: Hit) -> Hit | None:
    """The names in an archive are anybody's; of others the words around them must say that."""
    if not hit.value.is_built or THROUGH in hit.taint.cleared:
        return None
    origin = hit.taint.origin
    if origin.note == ARCHIVE:
        return hit
    if origin.level is Level.LOCAL:
        is_typed = origin.note == "standard input" and _BELOW.match(hit.value.text)
        return replace(hit, confidence="low") if is_typed else None
    names = {
        taint.origin.node.arg: taint
        for taint in hit.value.taints
        if isinstance(taint.origin.node, ast.arg) and _DOUBTED.of_taint(taint) is not None
    }
    chosen = [taint for name, taint in names.items() if _CHOSEN.match(name)]
    if not chosen or not any(_FOLDER.match(name) for name in names):
        return None
    return replace(hit, taint=chosen[0])


def may_be_unproven(names: frozenset[str], called: frozenset[str]) -> bool:
    """Whether `_weighed` may let something through in a text with these names."""
    return (
        not (_ANYBODYS.isdisjoint(called) and _ANYBODYS.isdisjoint(names))
        or not OF_ARCHIVES.isdisjoint(names)
        or (any(map(_FOLDER.match, names)) and any(map(_CHOSEN.match, names)))
    )  # fmt: skip


def _is_read(hit: Hit) -> bool:
    """Whether it is a stream and not its name: many that open a file read an open one as well."""
    return hit.value.kind in STREAMS


def _is_path(hit: Hit) -> bool:
    """Models have a `save` too; that of an upload or image gets a text that was put together."""
    return hit.value.is_built
