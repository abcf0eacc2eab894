"""Reads generated code in its place in the file before an editor gets it.

Filled by the security work. Knows neither torch nor LSP nor `codegen`: "generate, then check" is
composed by its callers.
"""
