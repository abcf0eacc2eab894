"""Which languages have an analyzer, which are prose, and what a comment looks like in the rest."""

from __future__ import annotations

from typing import Literal

from analyzers.text_lines import split_lines

Kind = Literal["python", "script", "prose", "other"]
_SCRIPTS = frozenset({"javascript", "javascriptreact", "typescript", "typescriptreact"})
# Prose and data: nothing runs these. An unknown or missing language is no prose: it may be code.
_PROSE = frozenset(
    {"plaintext", "text", "markdown", "restructuredtext", "asciidoc", "latex", "tex", "bibtex",
     "git-commit", "git-rebase", "gitcommit", "csv", "diff", "log", "help", "mail", "org",
     "json", "jsonc", "yaml", "toml", "ini", "dotenv", "properties"}
)  # fmt: skip
_HASH = frozenset(
    {"python", "ruby", "perl", "r", "shellscript", "sh", "bash", "zsh", "fish", "yaml", "toml",
     "dockerfile", "makefile", "cmake", "elixir", "julia", "nim", "tcl", "powershell", "terraform",
     "properties", "ini", "dotenv", "graphql", "nix"}
)  # fmt: skip
_DASHES = frozenset({"sql", "lua", "haskell", "elm", "ada", "vhdl"})
_SLASHES = frozenset(
    {"c", "cpp", "csharp", "java", "go", "rust", "swift", "kotlin", "scala", "dart", "php",
     "objective-c", "objective-cpp", "groovy", "fsharp", "zig", "jsonc", "less", "scss", "glsl",
     "cuda-cpp", "verilog", "systemverilog", "proto", "solidity", *_SCRIPTS}
)  # fmt: skip


def kind_of(language: str) -> Kind:
    """What can be done with texts of a language, by its LSP identifier."""
    name = language.strip().lower()
    if name == "python":
        return "python"
    if name in _SCRIPTS:
        return "script"
    return "prose" if name in _PROSE else "other"


def says_nothing(text: str, language: str) -> bool:
    """Whether every line of `text` is blank or a line comment of the language."""
    name = language.strip().lower()
    marks: tuple[str, ...] = ()
    if name in _HASH:
        marks = ("#",)
    elif name in _SLASHES:
        marks = ("//",)
    elif name in _DASHES:
        marks = ("--",)
    lines = [line.strip() for line in split_lines(text)]
    return all(not line or (marks and line.startswith(marks)) for line in lines)
