"""Reads JavaScript and TypeScript for the rules: a tree that survives half-typed text, and where
the data in an expression comes from.

`reading.read` is the entry; what it gives, `script.ScriptCode`, is what the rules see.
"""
