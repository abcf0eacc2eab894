"""What can go wrong between a request and its text.

LeadsmanError               one line that says what to do; the command line prints it and exits 2
├── StoreError              the model store cannot give the model
│   ├── ModelNotFound       no such name, or not pulled yet
│   ├── DownloadError       no network, or the source answered wrongly
│   ├── ChecksumError       the bytes are not the pinned ones
│   ├── DiskFull            not enough room, checked before and during
│   ├── StoreBusy           another process holds the lock
│   └── LicenseNotAccepted  the licence restricts use and nobody agreed to it
├── ModelFileError          a weights, config or tokenizer file that cannot be trusted or read
│   └── UnsupportedModel    readable, but of a family or tensor type we do not run
├── PromptError             a request that no prompt can be built from
│   └── CacheFull           one that has to wait until others are done
├── EngineClosed            a request came after the engine was closed
└── Cancelled               the caller no longer wants the answer; never shown to a user
"""


class LeadsmanError(Exception):
    """A failure whose message holds the value, the limit and the remedy in one line."""


class StoreError(LeadsmanError):
    """The model store cannot give the model."""


class ModelNotFound(StoreError):
    """No model of that name, or it has not been pulled."""


class DownloadError(StoreError):
    """A source could not be reached or answered wrongly."""


class ChecksumError(StoreError):
    """Downloaded bytes differ from the pinned size or sha256."""


class DiskFull(StoreError):
    """The file system has too little room for the model."""


class StoreBusy(StoreError):
    """Another process is pulling the same model."""


class LicenseNotAccepted(StoreError):
    """The model's licence has use restrictions that were not agreed to."""


class ModelFileError(LeadsmanError):
    """A model file is damaged, hostile or incomplete."""


class UnsupportedModel(ModelFileError):
    """A well-formed model file of a family or tensor type that is not implemented."""


class PromptError(LeadsmanError):
    """A request that no prompt can be built from."""


class CacheFull(PromptError):
    """The cache that all sequences share has no room now; it has once others are done."""


class EngineClosed(LeadsmanError):
    """A request came after the engine was closed."""


class Cancelled(LeadsmanError):
    """The caller withdrew the request."""
