"""`python -P -m lsp_server`: the same as `leadsman serve`."""

import os
import sys

if not sys.flags.safe_path and sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109
    # Without -P the user's workspace comes first, and a folder of it called `kernels` would run.
    # Only `os` and `sys`, which the interpreter has loaded already, are imported before this.
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    if sys.path[0] != home:
        del sys.path[0]

from lsp_server.cli import main

if __name__ == "__main__":
    sys.exit(main(["serve", *sys.argv[1:]]))
