"""How much of what a model offers is insecure, before and after the product's post-check.

    python -m evals.security --data FOLDER            complete prompts, read what was inserted
    python -m evals.security --labels expected.csv --data FOLDER    how far to trust the finder
    python -m evals.security --fragments autocomplete.json          the same, by line and CWE

A *finder* reads a text and reports findings; a *post-check* takes a completion in its place and
says what would be offered instead. Both are functions that are given to the harness.
"""
