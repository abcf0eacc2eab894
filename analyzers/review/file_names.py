"""Which language a file is of, by its name, in the ids that editors use."""

from __future__ import annotations

from pathlib import PurePath

# Code that the analyzers read as code.
CODE = {
    ".py": "python",
    ".pyi": "python",
    ".pyw": "python",
    ".js": "javascript",
    ".cjs": "javascript",
    ".mjs": "javascript",
    ".jsx": "javascriptreact",
    ".ts": "typescript",
    ".cts": "typescript",
    ".mts": "typescript",
    ".tsx": "typescriptreact",
}
# Text in which secrets are left behind; rules for text of any kind read it.
_SETTINGS = {
    ".cfg": "ini",
    ".conf": "ini",
    ".env": "dotenv",
    ".ini": "ini",
    ".json": "json",
    ".properties": "properties",
    ".toml": "toml",
    ".yaml": "yaml",
    ".yml": "yaml",
}
# Prose is read where it is named, and in folders: keys are left behind in notes too.
_PROSE = {".md": "markdown", ".rst": "restructuredtext", ".txt": "plaintext"}


def language_of(name: str) -> str | None:
    """The language id that a file's name means, None for a file that a review passes over."""
    path = PurePath(name.lower())
    if path.name == ".env" or path.name.startswith(".env."):
        return "dotenv"
    return CODE.get(path.suffix) or _SETTINGS.get(path.suffix) or _PROSE.get(path.suffix)
