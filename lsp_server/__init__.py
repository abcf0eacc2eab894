"""The language server and the `leadsman` command: composes generation, checks and the protocol."""

# Also in pyproject.toml; a test holds the two together. Asking the installed distribution instead
# would cost every start of the server several milliseconds.
VERSION = "0.1.0"
