"""`python -m evals.security`."""

import sys

from evals.security.cli import main

if __name__ == "__main__":
    sys.exit(main())
