"""Rules for JavaScript and TypeScript. Each has `find(code: ScriptCode) -> Iterator[Finding]`."""
