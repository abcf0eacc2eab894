# mypy: ignore-errors
# ruff: noqa
"""Small secrets in a file, under a key that lies elsewhere."""

import json
import os
from pathlib import Path

from cryptography.fernet import Fernet


class SecretStore:
    def __init__(self, path: Path, key: bytes | None = None) -> None:
        self.path = path
        self.fernet = Fernet(key or os.environ["STORE_KEY"].encode())

    def get(self, name: str, default: str = "") -> str:
        return self._read().get(name, default)

    def set(self, name: str, secret: str) -> None:
        secrets = self._read()
        secrets[name] = secret
        sealed = self.fernet.encrypt(json.dumps(secrets).encode())
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)

    def _read(self) -> dict[str, str]:
        try:
            sealed = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        return json.loads(self.fernet.decrypt(sealed))
