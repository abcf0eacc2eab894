"""`python -m evals.latency`."""

import sys

from evals.latency.cli import main

if __name__ == "__main__":
    sys.exit(main())
