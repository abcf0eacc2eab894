"""What can go wrong in the harness itself.

LatencyError
├── TraceError (in `json_checks`): a trace that is not as documented
└── SetUpError: files, models or servers that cannot be used
"""

from __future__ import annotations


class LatencyError(Exception):
    """One line for the user; the exit code is 2."""


class SetUpError(LatencyError):
    """A file, a model or a server cannot be used as asked."""
