"""`python -m evals.security`."""

import sys

if __name__ == "__main__":
    try:
        from evals.security.cli import main

        code = main()
    except KeyboardInterrupt:  # While the imports are still under way.
        code = 130
    sys.exit(code)
