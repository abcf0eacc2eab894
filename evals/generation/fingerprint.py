"""Everything that shapes a generated text, in words and digests: the key of caches and reports."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Sequence
from importlib import metadata, util
from pathlib import Path

from codegen.engine import EngineInfo
from codegen.store.model import StoredModel
from evals.generation.sample import Job

# The packages whose code decides which token comes next.
_CODE = ("codegen", "moe", "kernels", "lsp_server.completion")


def fingerprint(
    model: StoredModel,
    info: EngineInfo,
    jobs: Sequence[Job],
    *,
    batch_size: int,
    mode: str,
    dataset_sha256: str,
) -> dict[str, str]:
    """The fields that a sample depends on; two runs with the same ones give the same samples."""
    first = jobs[0].request
    return {
        "model": model.name,
        "weights_sha256": weights_sha256(model),
        "tokenizer_sha256": _tokenizer_sha256(model),
        "quantization": info.weights,
        "family": info.family,
        "device": info.device,
        "mode": mode,
        "dataset_sha256": dataset_sha256,
        "prompt_sha256": _digest(f"{job.key} {job.request.prompt!r}" for job in jobs),
        "stop_sha256": _digest(repr(job.request.stop) for job in jobs),
        "max_new_tokens": str(first.stop.max_new_tokens),
        "temperature": f"{first.sampling.temperature:g}",
        "seed": str(first.sampling.seed),
        "samples": str(1 + max(job.sample_idx for job in jobs)),
        "batch_size": str(batch_size),
        "code_version": code_version(),
        "torch": metadata.version("torch"),
        # The same weights round differently on another kind of processor.
        "processor": _processor(),
    }


def weights_sha256(model: StoredModel) -> str:
    """The digest of the model's bytes, computed where the store only knows path and time."""
    if not model.digest.startswith("local-"):
        return model.digest
    files = [model.path] if model.path.is_file() else sorted(model.path.glob("*.safetensors"))
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def code_version() -> str:
    """The distribution's version and a digest of the code that generates."""
    digest = hashlib.sha256()
    for package in _CODE:
        spec = util.find_spec(package)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            for path in sorted(Path(folder).rglob("*.py")):
                digest.update(path.relative_to(folder).as_posix().encode())
                digest.update(path.read_bytes())
    return f"{metadata.version('leadsman')}+{digest.hexdigest()[:12]}"


def _tokenizer_sha256(model: StoredModel) -> str:
    folder = model.path if model.path.is_dir() else model.path.parent
    path = folder / "tokenizer.json"
    # A GGUF holds its tokenizer, so that the weights' digest covers it.
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "in the weights"


def _processor() -> str:
    import torch

    capability = torch.backends.cpu.get_cpu_capability()
    return f"{platform.machine()} {capability} {torch.get_num_threads()} threads"


def _digest(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
    return digest.hexdigest()
