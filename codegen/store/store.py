"""The local model store: finds, pulls and removes models."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from codegen.engine import CancelToken
from codegen.errors import ModelNotFound
from codegen.store.acquire import Acquisition, pinned_manifest
from codegen.store.catalog import CATALOG, Catalog, CatalogEntry, HubSource
from codegen.store.disk import (
    FreeBytes,
    discard_folder,
    disk_errors,
    folder_bytes,
    free_bytes,
    remove_folder,
    require_writable,
)
from codegen.store.hub import Hub
from codegen.store.licences import AcceptLicense, agree
from codegen.store.local import check_runnable, check_structure, hash_files, local_model
from codegen.store.lock import exclusive
from codegen.store.manifest import Manifest, write_manifest
from codegen.store.model import StoredModel
from codegen.store.progress import Progress, Silent
from codegen.store.reference import Reference, parse_reference
from codegen.store.shelf import Shelf, default_root
from codegen.store.verify import model_digest


class Store:
    """The models below one folder. Looking things up never writes; a pull holds a lock."""

    def __init__(
        self,
        root: Path | None = None,
        *,
        catalog: Catalog = CATALOG,
        hub: Hub | None = None,
        free: FreeBytes = free_bytes,
    ) -> None:
        """Opens the store at `root`, by default $LEADSMAN_HOME or the user's data folder."""
        self.root = root.absolute() if root is not None else default_root()
        self.catalog = catalog
        self._shelf = Shelf(self.root)
        self._hub = hub or Hub()
        self._free = free

    def find(self, ref: str) -> StoredModel:
        """The model that a name, or a path on disk, stands for.

        Raises:
            ModelNotFound: it is unknown, not pulled yet, or its files changed.
        """
        reference = self._parse(ref)
        if reference.path is not None:
            with disk_errors(self.root):
                return self._find_path(reference.path)
        if all(slug != reference.slug for slug, _ in self._shelf.manifests()):
            raise ModelNotFound(
                f"{reference.name} is not installed; run: leadsman model pull {reference.name}"
            )
        return self._shelf.whole(reference.slug)

    def installed(self) -> list[StoredModel]:
        """Every model whose files are there, by name."""
        found = []
        for slug, _ in self._shelf.manifests():
            with contextlib.suppress(ModelNotFound):
                found.append(self._shelf.whole(slug))
        return sorted(found, key=lambda model: model.name)

    def damaged(self) -> dict[str, str]:
        """By name, what is wrong with models whose files are missing or have changed."""
        found = {}
        for slug, manifest in self._shelf.manifests():
            try:
                self._shelf.whole(slug)
            except ModelNotFound as error:
                found[manifest.name] = str(error)
        return found

    def default(self, cores: int | None = None) -> StoredModel:
        """The installed model that fits this machine best; `cores` are counted if not given.

        Raises:
            ModelNotFound: no model is installed.
        """
        there = {model.name: model for model in self.installed()}
        count = cores if cores is not None else _usable_cores()
        ranked = sorted(self.catalog, key=lambda entry: _default_rank(entry, count))
        for entry in ranked:
            if entry.name in there:
                return there[entry.name]
        if there:
            return next(iter(there.values()))
        raise ModelNotFound(
            f"no model is installed in {self.root}; run: leadsman model pull {ranked[0].name}"
        )

    def pull(
        self,
        ref: str,
        *,
        accept_license: AcceptLicense,
        progress: Progress,
        cancel: CancelToken | None = None,
        wait_s: float | None = None,
    ) -> StoredModel:
        """Installs a model, going on where an earlier pull stopped.

        A path is registered where it is. `wait_s` bounds the wait for another pull of the same
        model; None waits until it is done.

        Raises:
            StoreError: one of its kinds, with what to do; what is complete stays for the next pull.
            ModelFileError: a local or hub file is damaged or hostile.
            Cancelled: `cancel` was set.
        """
        token = cancel or CancelToken()
        reference = self._parse(ref)
        with disk_errors(self.root):
            require_writable(self.root)
            if reference.path is not None:
                return self._register(reference.path, progress, token)
            with contextlib.suppress(ModelNotFound):
                return self._shelf.whole(reference.slug)
            lock = self._shelf.lock(reference.slug)
            with exclusive(lock, reference.name, progress, token, wait_s):
                with contextlib.suppress(ModelNotFound):
                    return self._shelf.whole(reference.slug)
                return self._pull_locked(reference, accept_license, progress, token)

    def remove(self, name: str) -> int:
        """Deletes a model, its converted weights and its unfinished pull; the bytes freed.

        A user's own file is only forgotten. Raises ModelNotFound where there is nothing.
        """
        reference = self._parse(name)
        slug = reference.slug
        if reference.path is not None:
            slug = self._slug_of(reference.path) or slug
        manifests = dict(self._shelf.manifests())
        manifest = manifests.pop(slug, None)
        folders = [self._shelf.home(slug), self._shelf.work(slug)]
        if manifest is not None:
            if all(other.digest != manifest.digest for other in manifests.values()):
                folders.append(self._shelf.converted(manifest.digest))
        elif reference.path is not None:
            folders.append(self._shelf.converted(local_model(reference.path).fingerprint))
        if not any(folder.exists() for folder in folders):
            raise ModelNotFound(f"{reference.name} is not installed, so there is nothing to remove")
        with (
            disk_errors(self.root),
            exclusive(self._shelf.lock(slug), reference.name, Silent(), CancelToken(), 0),
        ):
            freed = sum(folder_bytes(folder) for folder in folders)
            # Without its manifest the model is gone, whatever becomes of the rest.
            (self._shelf.home(slug) / "manifest.json").unlink(missing_ok=True)
            for folder in folders:
                remove_folder(folder)
            return freed

    def _parse(self, ref: str) -> Reference:
        return parse_reference(ref, [entry.name for entry in self.catalog])

    def _entry(self, name: str) -> CatalogEntry:
        for entry in self.catalog:
            if entry.name == name:
                return entry
        raise ModelNotFound(f"{name} is not installed and no source has it; pull its path instead")

    def _slug_of(self, path: Path) -> str | None:
        for slug, manifest in self._shelf.manifests():
            if manifest.path is not None and Path(manifest.path) == path:
                return slug
        return None

    def _find_path(self, path: Path) -> StoredModel:
        slug = self._slug_of(path)
        if slug is not None:
            return self._shelf.whole(slug)
        found = local_model(path)
        return StoredModel(
            name=str(path),
            format=found.format,
            path=path,
            bytes=found.bytes,
            digest=found.fingerprint,
            licence="not stated",
            source="local",
            converted_dir=self._shelf.converted(found.fingerprint),
        )

    def _register(self, path: Path, progress: Progress, cancel: CancelToken) -> StoredModel:
        found = local_model(path)
        check_structure(found.files)
        check_runnable(found.format, path)
        records = hash_files(found.files, progress, cancel)
        reference = self._local_reference(path)
        manifest = Manifest(
            name=reference.name,
            format=found.format,
            files=records,
            digest=model_digest(records),
            licence="not stated",
            source="local",
            path=str(path),
            modified_ns=found.modified_ns,
        )
        lock = self._shelf.lock(reference.slug)
        with exclusive(lock, reference.name, progress, cancel, None):
            return self._shelf.install(reference.slug, manifest, ())

    def _local_reference(self, path: Path) -> Reference:
        """The name of a registered path, or a new one that no other path has."""
        reference = self._parse(str(path))
        taken = dict(self._shelf.manifests()).get(reference.slug)
        if taken is None or taken.path == str(path):
            return reference
        mark = hashlib.sha256(str(path).encode()).hexdigest()[:6]
        return Reference("path", f"{reference.name}-{mark}", path=path)

    def _pull_locked(
        self, reference: Reference, accept: AcceptLicense, progress: Progress, cancel: CancelToken
    ) -> StoredModel:
        work = self._shelf.work(reference.slug)
        work.mkdir(parents=True, exist_ok=True)
        acquisition = Acquisition(
            name=reference.name,
            work=work,
            hub=self._hub,
            free=self._free,
            agree=lambda licence: agree(self.root, reference.name, licence, accept),
            progress=progress,
            cancel=cancel,
        )
        try:
            if reference.kind == "hub":
                fetched = acquisition.from_hub(HubSource(reference.repo, reference.file))
            else:
                entry = self._entry(reference.name)
                if orphan := self._orphan(entry, progress, cancel):
                    write_manifest(self._shelf.home(reference.slug), orphan)
                    return self._shelf.whole(reference.slug)
                fetched = acquisition.from_catalog(entry)
            model = self._shelf.install(reference.slug, fetched.manifest, fetched.files)
            discard_folder(work)
        finally:
            # Only an empty folder goes: a pull that was refused leaves nothing.
            with contextlib.suppress(OSError):
                work.rmdir()
        return model

    def _orphan(
        self, entry: CatalogEntry, progress: Progress, cancel: CancelToken
    ) -> Manifest | None:
        """A manifest for the pinned file if it is in its place and only lost the manifest."""
        path = self._shelf.home(entry.name) / f"{entry.name}.gguf"
        if entry.sha256 is None or not path.is_file() or path.stat().st_size != entry.bytes:
            return None
        (record,) = hash_files([path], progress, cancel)
        return pinned_manifest(entry, record, "pypi") if record.sha256 == entry.sha256 else None


def _default_rank(entry: CatalogEntry, cores: int) -> tuple[bool, int]:
    """Sorts the defaults of this many cores first, the most demanding of them at the front."""
    fits = entry.default_from_cores is not None and entry.default_from_cores <= cores
    return not fits, -(entry.default_from_cores or 0) if fits else 0


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
