"""What stops an evaluation, as opposed to what fails a candidate.

EvalError                 one line that says what to do; the command line prints it and exits 2
├── DatasetError          the problems are missing or not the pinned ones
├── SamplesError          a file of samples that cannot be read, or belongs to another run
├── GenerationFailed      the engine could not answer; the model is not to blame for a task
└── CanaryFailed          the judge itself misbehaves here, so no verdict of it may be believed
"""


class EvalError(Exception):
    """A failure whose message holds the value, the limit and the remedy in one line."""


class DatasetError(EvalError):
    """The problems are missing or differ from the pinned ones."""


class SamplesError(EvalError):
    """A file of samples is malformed, in use, or of another run."""


class GenerationFailed(EvalError):
    """The engine ended a request as "failed" or "cancelled"."""


class CanaryFailed(EvalError):
    """A known-good program was failed, or a known-bad one passed."""
