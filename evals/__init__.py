"""Harnesses that measure the product through the language server's own engine."""
