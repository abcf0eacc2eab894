"""Infilling as in the editor: a hole in a real function, filled through the product's own filters.

    python -m evals.infilling --kind random-span-light
    python -m evals.infilling --kind single-line --data DIR --limit 100

Three figures: pass@1 by running the function's tests, exact match, and edit similarity. Tasks come
from human-eval-infilling (Bavarian et al., "Efficient Training of Language Models to Fill in the
Middle", 2022; MIT, `data/LICENSE.human-eval-infilling`); the light set of random spans is shipped.
"""
