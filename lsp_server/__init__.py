"""The language server and the `leadsman` command: composes generation, checks and the protocol."""
