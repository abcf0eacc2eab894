"""The folders of a store and what stands in them. Reading them writes nothing.

models/SLUG/       manifest.json, and the model's files unless they are the user's own
converted/DIGEST/  what the loader made of exactly these files
downloading/SLUG/  what an unfinished pull has so far
locks/SLUG.lock    held while a model is pulled or removed
licences.json      which restricted licences were accepted
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codegen.errors import ModelNotFound
from codegen.store.disk import disk_errors, remove_folder, sync_folder
from codegen.store.local import local_model
from codegen.store.manifest import Manifest, read_manifest, write_manifest
from codegen.store.model import StoredModel


def default_root() -> Path:
    """$LEADSMAN_HOME, or the platform's place for a user's data."""
    if home := os.environ.get("LEADSMAN_HOME"):
        return Path(home).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("leadsman", appauthor=False)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The store's folders below `root`."""

    root: Path

    def home(self, slug: str) -> Path:
        """Where the model of that slug lies."""
        return self.root / "models" / slug

    def work(self, slug: str) -> Path:
        """Where its unfinished pull lies."""
        return self.root / "downloading" / slug

    def lock(self, slug: str) -> Path:
        """The file that is locked while the model changes."""
        return self.root / "locks" / f"{slug}.lock"

    def converted(self, digest: str) -> Path:
        """Where the loader keeps its own form of the files with that digest."""
        return self.root / "converted" / digest

    def manifests(self) -> Iterator[tuple[str, Manifest]]:
        """The slug and the manifest of every model that exists, whole or not."""
        models = self.root / "models"
        with disk_errors(self.root):
            homes = sorted(models.iterdir()) if models.is_dir() else []
        for home in homes:
            manifest = read_manifest(home)
            if manifest is not None:
                yield home.name, manifest

    def whole(self, slug: str) -> StoredModel:
        """The model of that slug, its files present and of the right size.

        Raises:
            ModelNotFound: it has no valid manifest, or its files changed since it was pulled.
        """
        home = self.home(slug)
        manifest = read_manifest(home)
        if manifest is None:
            raise ModelNotFound(f"{slug} is not installed")
        if manifest.path is not None:
            path = _unchanged(manifest, Path(manifest.path))
        else:
            path = home / manifest.files[0].name if manifest.format == "gguf" else home
            for file in manifest.files:
                if not _has_size(home / file.name, file.bytes):
                    raise ModelNotFound(
                        f"{manifest.name} is damaged: {home / file.name} is missing or not of "
                        f"{file.bytes} bytes; run: leadsman model pull {manifest.name}"
                    )
        return StoredModel(
            name=manifest.name,
            format=manifest.format,
            path=path,
            bytes=sum(file.bytes for file in manifest.files),
            digest=manifest.digest,
            licence=manifest.licence,
            source=manifest.source,
            converted_dir=self.converted(manifest.digest),
            files=manifest.files,
        )

    def install(self, slug: str, manifest: Manifest, files: tuple[Path, ...]) -> StoredModel:
        """Moves complete files into place and, last of all, makes the model exist."""
        home = self.home(slug)
        remove_folder(home)
        home.mkdir(parents=True)
        for path, file in zip(files, manifest.files, strict=False):
            path.replace(home / file.name)
        sync_folder(home)
        write_manifest(home, manifest)
        return self.whole(slug)


def _unchanged(manifest: Manifest, path: Path) -> Path:
    again = f"run: leadsman model pull {path}"
    try:
        found = local_model(path)
        sizes = {file.name: file.stat().st_size for file in found.files}
        modified_ns = found.modified_ns
    except (ModelNotFound, OSError) as error:
        raise ModelNotFound(
            f"{manifest.name} was at {path} and is no longer a model there; {again}, "
            f"or remove it: leadsman model remove {manifest.name}"
        ) from error
    if sizes != {file.name: file.bytes for file in manifest.files} or (
        modified_ns != manifest.modified_ns
    ):
        raise ModelNotFound(f"{path} has changed since it was pulled; {again}")
    return path


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.is_file() and path.stat().st_size == size
    except OSError:
        return False
