"""What stops an evaluation, as opposed to what fails a candidate.

LeadsmanError
└── EvalError                 one line that says what to do; the command line exits 2
    ├── DatasetError          the problems are missing or not the pinned ones
    ├── SamplesError          samples that cannot be read or written, or belong to another run
    ├── GenerationFailed      the engine could not answer; the model is not to blame for a task
    ├── CanaryFailed          the judge itself misbehaves here, so no verdict may be believed
    ├── RecordError           a document that is no run record, or one that contradicts itself
    ├── GateError             a baseline that is missing, damaged or not comparable with the run
    └── OutputError           a file or folder that cannot be written
"""

from __future__ import annotations

from codegen.errors import LeadsmanError


class EvalError(LeadsmanError):
    """An evaluation cannot be run or reported as asked."""


class DatasetError(EvalError):
    """The problems are missing or differ from the pinned ones."""


class SamplesError(EvalError):
    """A file of samples is malformed, in use, or of another run."""


class GenerationFailed(EvalError):
    """The engine ended a request as "failed" or "cancelled"."""


class CanaryFailed(EvalError):
    """A known-good program was failed, or a known-bad one passed."""


class RecordError(EvalError):
    """A document is no run record, or contradicts itself."""


class GateError(EvalError):
    """The baseline is missing, damaged or not comparable with the run."""


class OutputError(EvalError):
    """A file or folder cannot be written."""
