"""What keeps a review from beginning.

ReviewError
└── GitError       git is not there, or knows no such revision
"""

from __future__ import annotations


class ReviewError(Exception):
    """A review cannot begin; the message is one line with the remedy."""


class GitError(ReviewError):
    """git could not answer."""
