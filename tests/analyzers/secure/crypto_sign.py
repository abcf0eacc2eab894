# mypy: ignore-errors
# ruff: noqa
"""Signatures on releases."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa


def make_keys(passphrase: bytes) -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )


def sign(key: rsa.RSAPrivateKey, data: bytes) -> bytes:
    chosen = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.MAX_LENGTH)
    return key.sign(data, chosen, hashes.SHA256())


def verify(key: ec.EllipticCurvePublicKey, signature: bytes, data: bytes) -> bool:
    try:
        key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def load(text: bytes) -> rsa.RSAPublicKey:
    if not text.startswith(b"-----BEGIN PUBLIC KEY-----"):
        raise ValueError("this is no public key")
    return serialization.load_pem_public_key(text)
