"""Rules for text of any language. Each has `find(text: str) -> Iterator[Finding]`."""
