"""Rules for Python. Each has `find(code: Code) -> Iterator[Finding]`."""
