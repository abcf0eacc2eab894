"""`python -m evals.infilling`."""

import sys

from evals.infilling.cli import main

if __name__ == "__main__":
    sys.exit(main())
