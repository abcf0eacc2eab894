# mypy: ignore-errors
# ruff: noqa
"""Settings from YAML, with defaults and checks."""

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Config:
    host: str = "127.0.0.1"
    port: int = 8080
    token_file: Path = Path("/run/secrets/token")
    log_level: str = "info"

    @property
    def token(self) -> str:
        return self.token_file.read_text().strip()


def load(path: Path) -> Config:
    with path.open() as file:
        values = yaml.safe_load(file) or {}
    unknown = set(values) - set(Config.__dataclass_fields__)
    if unknown:
        raise ValueError(f"{path}: unknown settings {sorted(unknown)}")
    if "token_file" in values:
        values["token_file"] = Path(values["token_file"])
    return Config(**values)
