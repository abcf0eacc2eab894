"""`python -m evals.humaneval`."""

import sys

from evals.humaneval.cli import main

if __name__ == "__main__":
    sys.exit(main())
