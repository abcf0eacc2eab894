# mypy: ignore-errors
# ruff: noqa
"""Encrypts files under a passphrase."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

SALT_BYTES = 16
NONCE_BYTES = 12
ITERATIONS = 600_000


def derive_key(passphrase: str, salt: bytes) -> bytes:
    kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt, iterations=ITERATIONS)
    return kdf.derive(passphrase.encode())


def encrypt(path: Path, passphrase: str) -> None:
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    sealed = AESGCM(derive_key(passphrase, salt)).encrypt(nonce, path.read_bytes(), None)
    path.with_suffix(".sealed").write_bytes(salt + nonce + sealed)


def decrypt(path: Path, passphrase: str) -> bytes:
    data = path.read_bytes()
    salt, nonce = data[:SALT_BYTES], data[SALT_BYTES : SALT_BYTES + NONCE_BYTES]
    try:
        key = derive_key(passphrase, salt)
        return AESGCM(key).decrypt(nonce, data[SALT_BYTES + NONCE_BYTES :], None)
    except InvalidTag:
        raise ValueError("wrong passphrase, or the file was changed") from None
