"""`leadsman model show --verify`: whether a model's bytes are still the right ones."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.errors import ChecksumError
from codegen.store.integrity import verify_converted, verify_source
from codegen.store.model import StoredModel
from codegen.store.progress import Progress

OK = "ok"


@dataclass(frozen=True, slots=True)
class Verification:
    """Each is "ok" or says what is wrong or why nothing can be said.

    files: those that were pulled.
    converted: what was made of them at the first start.
    """

    files: str
    converted: str
    is_sound: bool


def verify(model: StoredModel, progress: Progress) -> Verification:
    """Reads every byte of the model and of its converted form."""
    files, converted = OK, OK
    is_sound = True
    try:
        if not verify_source(model, lambda done, all_: progress.update("files", done, all_)):
            files = "never pulled, so nothing to compare with"
    except ChecksumError as error:
        files, is_sound = str(error), False
    # Every number format that the weights were converted to has a folder of its own.
    folders = [path for path in sorted(model.converted_dir.glob("*")) if path.is_dir()]
    if not folders:
        converted = "not made yet; the first start makes it"
    for folder in folders:
        try:
            if not verify_converted(
                folder, lambda done, all_: progress.update("converted", done, all_)
            ):
                converted = (
                    f"made before checksums were kept; delete {folder}, and the next start makes "
                    "it again"
                )
        except ChecksumError as error:
            converted, is_sound = str(error), False
    return Verification(files, converted, is_sound)
