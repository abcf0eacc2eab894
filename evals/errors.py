"""What can go wrong around an evaluation, apart from the model.

LeadsmanError
└── EvalError          one line that says what to do; the command line prints it and exits 2
    ├── RecordError    a document that is no run record, or one that contradicts itself
    ├── GateError      a baseline that is missing, damaged or not comparable with the run
    └── OutputError    a file or folder that cannot be written
"""

from __future__ import annotations

from codegen.errors import LeadsmanError


class EvalError(LeadsmanError):
    """An evaluation cannot be run or reported as asked."""


class RecordError(EvalError):
    """A document is no run record, or contradicts itself."""


class GateError(EvalError):
    """The baseline is missing, damaged or not comparable with the run."""


class OutputError(EvalError):
    """A file or folder cannot be written."""
