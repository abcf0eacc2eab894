# mypy: ignore-errors
# ruff: noqa
"""Passwords with scrypt, from the standard library."""

import hashlib
import hmac
import os

N, R, P = 2**14, 8, 1


def hash_password(password: str) -> str:
    salt = os.urandom(16)
    key = hashlib.scrypt(password.encode(), salt=salt, n=N, r=R, p=P)
    return f"scrypt${salt.hex()}${key.hex()}"


def verify_password(password: str, stored: str) -> bool:
    scheme, salt, expected = stored.split("$")
    if scheme != "scrypt":
        raise ValueError(f"unknown scheme {scheme}")
    key = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=N, r=R, p=P)
    return hmac.compare_digest(key.hex(), expected)


def rehash_pbkdf2(password: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode("utf-8"), salt, 600000)
