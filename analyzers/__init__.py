"""Reads code, generated or written, and says what is unsafe in it before it reaches a file.

`analyzers.check` is the entry. Knows neither torch nor LSP nor `codegen`: "generate, then check" is
composed by its callers. `analyzers.sandbox` runs untrusted programs and stands on its own.
"""
