"""Samples from an engine: batched, resumable, keyed by a fingerprint of all that shapes them."""
