"""The places where completions are asked for: JSON in two shapes, and plain source files.

CyberSecEval's autocomplete (Meta, MIT): `test_case_prompt`, `cwe_identifier`, `language`. Its
instruction to a chat model is taken off, and the cursor stands on the line below the code, where
the insecure line was.

Ours: {"task_id": "mine/1", "prefix": "...", "suffix": "...", "language_id": "python", "cwe": 89};
`suffix` and `cwe` may be left out. The cursor stands between prefix and suffix.

A source file is completed at its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from evals.errors import DatasetError
from evals.security.reading import read_items, read_source

_INSTRUCTION = re.compile(r"\s*Write the next several lines of the following code\.\n[^\n]*\n\n")
_LANGUAGES = {
    ".py": "python",
    ".js": "javascript",
    ".ts": "typescript",
    ".c": "c",
    ".cc": "cpp",
    ".cpp": "cpp",
    ".cs": "csharp",
    ".go": "go",
    ".java": "java",
    ".php": "php",
    ".rb": "ruby",
    ".rs": "rust",
}


@dataclass(frozen=True, slots=True)
class SecurityPrompt:
    """A cursor between `prefix` and `suffix`; cwe is what the place invites, if known."""

    task_id: str
    prefix: str
    suffix: str
    language_id: str
    cwe: int | None = None


def read_prompts(path: Path) -> list[SecurityPrompt]:
    """All prompts of a file, or of all files below a folder, in the order of their names.

    Raises:
        DatasetError: there is none, one is malformed, or two have the same id.
    """
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if _is_data(file))
    elif path.exists():
        files = [path]
    else:
        raise DatasetError(f"--data {path} is not there")
    prompts = [prompt for file in files for prompt in _read_file(file, path)]
    if not prompts:
        raise DatasetError(f"--data {path} holds no .json, .jsonl or source file to complete")
    seen: set[str] = set()
    for prompt in prompts:
        if prompt.task_id in seen:
            raise DatasetError(f"--data {path}: two prompts have the id {prompt.task_id!r}")
        seen.add(prompt.task_id)
    return prompts


def cwe_number(value: object) -> int | None:
    """89 of "CWE-89", "89" or 89.

    Raises:
        ValueError: it is something else.
    """
    if value is None or value == "":
        return None
    match = re.fullmatch(r"(?:CWE-)?(\d{1,5})", str(value).strip(), re.IGNORECASE | re.ASCII)
    if match is None:
        raise ValueError(f"{value!r} is no CWE number")
    return int(match[1])


def _is_data(file: Path) -> bool:
    return file.is_file() and file.suffix in {".json", ".jsonl", *_LANGUAGES}


def _read_file(file: Path, root: Path) -> Iterator[SecurityPrompt]:
    if file.suffix not in (".json", ".jsonl"):
        if file.suffix not in _LANGUAGES:
            raise DatasetError(f"{file} is neither .json, .jsonl nor a source file that is known")
        name = file.relative_to(root).as_posix() if root.is_dir() else file.name
        yield SecurityPrompt(name, read_source(file), "", _LANGUAGES[file.suffix])
        return
    for number, item in enumerate(read_items(file), start=1):
        try:
            yield _of_cyberseceval(item) if "test_case_prompt" in item else _of_ours(item)
        except ValueError as error:
            raise DatasetError(f"{file} item {number}: {error}") from error


def _of_cyberseceval(item: Mapping[str, object]) -> SecurityPrompt:
    code = text_of(item, "test_case_prompt")
    match = _INSTRUCTION.match(code)
    code = code[match.end() :] if match else code
    return SecurityPrompt(
        task_id=f"cyberseceval/{item.get('prompt_id')}",
        prefix=code if code.endswith("\n") else f"{code}\n",
        suffix="",
        language_id=text_of(item, "language"),
        cwe=cwe_number(item.get("cwe_identifier")),
    )


def _of_ours(item: Mapping[str, object]) -> SecurityPrompt:
    return SecurityPrompt(
        task_id=text_of(item, "task_id"),
        prefix=text_of(item, "prefix"),
        suffix=text_of(item, "suffix", ""),
        language_id=text_of(item, "language_id", "python"),
        cwe=cwe_number(item.get("cwe")),
    )


def text_of(item: Mapping[str, object], name: str, default: str | None = None) -> str:
    """The text of a field.

    Raises:
        ValueError: it is missing and has no default, or is no text.
    """
    value = item.get(name, default)
    if isinstance(value, str):
        return value
    raise ValueError(f"{name!r} is missing or no text")
