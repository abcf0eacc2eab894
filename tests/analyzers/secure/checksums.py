# mypy: ignore-errors
# ruff: noqa
"""Finds files that are the same."""

import hashlib
import os
from collections import defaultdict


def checksum(path):
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(65536), b""):
            digest.update(block)
    return digest.hexdigest()


def duplicates(folder):
    by_size = defaultdict(list)
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            try:
                by_size[os.path.getsize(path)].append(path)
            except OSError:
                continue
    by_digest = defaultdict(list)
    for paths in by_size.values():
        if len(paths) > 1:
            for path in paths:
                by_digest[checksum(path)].append(path)
    return [paths for paths in by_digest.values() if len(paths) > 1]
