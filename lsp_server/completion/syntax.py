"""What little a completion must know about each language: comments, quotes and how blocks open.

A language that is not listed is treated as plain text: nothing about brackets or indentation is
taken for granted there, so no filter that needs it runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

BlockStyle = Literal["colon", "brace", "keyword", "none"]


@dataclass(frozen=True, slots=True)
class Syntax:
    """The lexical outline of a language.

    `quotes` end with their line, `long_quotes` may span lines. With `char_literals` a single quote
    opens nothing unless it closes after one character (Rust lifetimes). With `regex_literals` a
    slash after an operator begins a regular expression (JavaScript). `judges_brackets` says
    that the outline is good enough to call a bracket surplus; `is_python`, that Python's own parser
    reads it.
    """

    blocks: BlockStyle = "none"
    line_comments: tuple[str, ...] = ()
    block_comments: tuple[tuple[str, str], ...] = ()
    quotes: tuple[str, ...] = ()
    long_quotes: tuple[str, ...] = ()
    char_literals: bool = False
    regex_literals: bool = False
    judges_brackets: bool = False
    is_python: bool = False
    default_indent: str = "    "


PLAIN = Syntax()

_SLASHES = ("//",)
_STARS = (("/*", "*/"),)
_PYTHON = Syntax(
    blocks="colon",
    line_comments=("#",),
    quotes=('"', "'"),
    long_quotes=('"""', "'''"),
    judges_brackets=True,
)
_C = Syntax(
    blocks="brace",
    line_comments=_SLASHES,
    block_comments=_STARS,
    quotes=('"', "'"),
    judges_brackets=True,
)
_SCRIPT = Syntax(
    blocks="brace",
    line_comments=_SLASHES,
    block_comments=_STARS,
    quotes=('"', "'"),
    long_quotes=("`",),
    regex_literals=True,
    judges_brackets=True,
    default_indent="  ",
)
_GO = Syntax(
    blocks="brace",
    line_comments=_SLASHES,
    block_comments=_STARS,
    quotes=('"', "'"),
    long_quotes=("`",),
    judges_brackets=True,
    default_indent="\t",
)
_RUST = Syntax(
    blocks="brace",
    line_comments=_SLASHES,
    block_comments=_STARS,
    long_quotes=('"',),
    char_literals=True,
    judges_brackets=True,
)
_TRIPLE_C = Syntax(
    blocks="brace",
    line_comments=_SLASHES,
    block_comments=_STARS,
    quotes=('"', "'"),
    long_quotes=('"""',),
    judges_brackets=True,
)
_STYLE = Syntax(
    blocks="brace",
    block_comments=_STARS,
    quotes=('"', "'"),
    judges_brackets=True,
    default_indent="  ",
)
_KEYWORDS = Syntax(
    blocks="keyword",
    line_comments=("#",),
    quotes=('"', "'"),
    judges_brackets=True,
    default_indent="  ",
)
_JSON = Syntax(blocks="brace", quotes=('"',), judges_brackets=True, default_indent="  ")
_HASHED = Syntax(line_comments=("#",), quotes=('"', "'"), default_indent="  ")

_BY_LANGUAGE: dict[str, Syntax] = {
    "python": replace(_PYTHON, is_python=True),
    "cython": _PYTHON,
    "starlark": _PYTHON,
    "c": _C,
    "cpp": _C,
    "cuda-cpp": _C,
    "objective-c": _C,
    "csharp": _C,
    "java": _TRIPLE_C,
    "kotlin": _TRIPLE_C,
    "scala": _TRIPLE_C,
    "swift": _TRIPLE_C,
    "php": _C,
    "dart": _SCRIPT,
    "javascript": _SCRIPT,
    "javascriptreact": _SCRIPT,
    "typescript": _SCRIPT,
    "typescriptreact": _SCRIPT,
    "go": _GO,
    "rust": _RUST,
    "zig": _RUST,
    "css": _STYLE,
    "scss": _STYLE,
    "less": _STYLE,
    "json": _JSON,
    "jsonc": _SCRIPT,
    "ruby": _KEYWORDS,
    "elixir": _KEYWORDS,
    "julia": _KEYWORDS,
    # A branch of its `case` ends with a bracket that nothing opened.
    "shellscript": replace(_KEYWORDS, judges_brackets=False),
    "lua": Syntax(
        blocks="keyword",
        line_comments=("--",),
        quotes=('"', "'"),
        judges_brackets=True,
        default_indent="  ",
    ),
    "yaml": _HASHED,
    "toml": _HASHED,
    "perl": Syntax(blocks="brace", line_comments=("#",), quotes=('"',)),
    "r": Syntax(blocks="brace", line_comments=("#",), quotes=('"', "'"), default_indent="  "),
    "sql": Syntax(
        line_comments=("--",), block_comments=_STARS, quotes=("'", '"'), judges_brackets=True
    ),
    "makefile": Syntax(line_comments=("#",), default_indent="\t"),
    "html": Syntax(block_comments=(("<!--", "-->"),), default_indent="  "),
    "xml": Syntax(block_comments=(("<!--", "-->"),), default_indent="  "),
}

_BY_SUFFIX: dict[str, str] = {
    ".py": "python",
    ".pyi": "python",
    ".pyw": "python",
    ".pyx": "cython",
    ".bzl": "starlark",
    ".c": "c",
    ".h": "c",
    ".cc": "cpp",
    ".cpp": "cpp",
    ".cxx": "cpp",
    ".hh": "cpp",
    ".hpp": "cpp",
    ".cu": "cuda-cpp",
    ".m": "objective-c",
    ".cs": "csharp",
    ".java": "java",
    ".kt": "kotlin",
    ".kts": "kotlin",
    ".scala": "scala",
    ".swift": "swift",
    ".php": "php",
    ".dart": "dart",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".jsx": "javascriptreact",
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".tsx": "typescriptreact",
    ".go": "go",
    ".rs": "rust",
    ".zig": "zig",
    ".css": "css",
    ".scss": "scss",
    ".less": "less",
    ".json": "json",
    ".jsonc": "jsonc",
    ".rb": "ruby",
    ".ex": "elixir",
    ".exs": "elixir",
    ".jl": "julia",
    ".sh": "shellscript",
    ".bash": "shellscript",
    ".zsh": "shellscript",
    ".lua": "lua",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".toml": "toml",
    ".pl": "perl",
    ".r": "r",
    ".sql": "sql",
    ".mk": "makefile",
    ".html": "html",
    ".htm": "html",
    ".xml": "xml",
    ".md": "markdown",
}


def syntax_of(language_id: str) -> Syntax:
    """The outline of a language by its LSP identifier; plain text for one that is not listed."""
    return _BY_LANGUAGE.get(language_id, PLAIN)


def language_of(file_name: str) -> str:
    """The LSP identifier that belongs to a file's name, "plaintext" where it tells nothing."""
    base = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    if base.lower() in ("makefile", "gnumakefile"):
        return "makefile"
    stem, dot, suffix = base.rpartition(".")
    return _BY_SUFFIX.get((dot + suffix).lower(), "plaintext") if stem else "plaintext"
