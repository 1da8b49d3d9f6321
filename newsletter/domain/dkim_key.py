"""The private keys that letters are signed with (DKIM, RFC 6376 and RFC 8463), and what DNS says of them. Pure."""

from __future__ import annotations

from base64 import b64encode
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

PrivateKey = RSAPrivateKey | Ed25519PrivateKey

LEAST_RSA_BITS: Final = 2048  # RFC 8301 section 3.2 recommends so many
_TEXT_ROOM = 255  # octets of one string of a TXT record (RFC 1035 section 3.3)


class UnfitKey(ValueError):
    """The key can't sign letters; the text says why, to stand after "the key"."""


def private_key(pem: bytes) -> PrivateKey:
    """Return the key of a PEM file without a passphrase. Raises UnfitKey."""
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise UnfitKey("has a passphrase; expected one without") from None
    except (ValueError, UnsupportedAlgorithm):
        raise UnfitKey("is no private key in PEM") from None
    if isinstance(key, RSAPrivateKey) and key.key_size < LEAST_RSA_BITS:
        raise UnfitKey(f"is RSA with {key.key_size} bits; expected at least {LEAST_RSA_BITS}")
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise UnfitKey("is of a kind that DKIM does not know; expected RSA or Ed25519")
    return key


def new_key(*, rsa: bool) -> bytes:
    """Return a fresh private key in PEM: RSA with 2048 bits, or Ed25519."""
    key: PrivateKey = generate_private_key(65537, LEAST_RSA_BITS) if rsa else Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def record(pem: bytes) -> str:
    """Return the TXT record's text for a key (RFC 6376 section 3.6.1, RFC 8463 section 4). Raises UnfitKey."""
    key = private_key(pem)
    if isinstance(key, RSAPrivateKey):
        kind, octets = "rsa", key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        kind, octets = "ed25519", key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"v=DKIM1; k={kind}; p={b64encode(octets).decode('ascii')}"


def strings(text: str) -> list[str]:
    """Return the text in pieces that fit into one TXT record's strings."""
    return [text[start : start + _TEXT_ROOM] for start in range(0, len(text), _TEXT_ROOM)]
