"""Proof of work that needs nobody else: a number that makes a hash begin with enough zero bits. Pure.

The reader's browser looks for it (`static/proof.js`); about 2 to the power of `bits` hashes are tried. The form's
stamp is what is hashed with it, so a proof is good for that form only.
"""

from __future__ import annotations

from hashlib import sha256

_LONGEST = 20  # characters of a proof


def is_proof(stamp: str, proof: str, bits: int) -> bool:
    """Tell whether SHA-256 of `stamp:proof` begins with so many zero bits."""
    if not proof or len(proof) > _LONGEST or not proof.isascii() or not proof.isalnum():
        return False
    hashed = sha256(f"{stamp}:{proof}".encode()).digest()
    return int.from_bytes(hashed) >> (256 - bits) == 0
