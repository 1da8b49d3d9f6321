"""DKIM (RFC 6376, RFC 8463): does DNS have the very keys that letters are signed with?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from newsletter.doctor.diagnosis import Diagnosis, Health, Record, quoted
from newsletter.doctor.dns.tags import tags
from newsletter.doctor.patient import Patient
from newsletter.domain.dkim_key import LEAST_RSA_BITS, record
from newsletter.settings import DkimKey

CHECK: Final = "dkim"
_MEND = "Publish this record, and wait as long as the old one lives."


def signing(patient: Patient) -> Iterator[Diagnosis]:
    """Compare each key in use with its record. Raises NoAnswer."""
    keys = patient.settings.dkim.keys
    if not patient.signs:
        yield Diagnosis(CHECK, Health.NOTE, f"{patient.elsewhere}, which signs them with keys of its own.")
        return
    if not keys:
        yield Diagnosis(
            CHECK,
            Health.UNKNOWN,
            "Letters are not signed here; whether the mail server signs them is not known.",
            "Let `newsletter dkim key FILE` make a key and name it in [dkim], unless the mail server signs.",
        )
        return
    for key in keys:
        yield _key(patient, key)
    if all("k=ed25519" in record(key.private_key) for key in keys):
        sentence = "Letters are signed with Ed25519 alone, which some large mailbox providers do not verify."
        yield Diagnosis(CHECK, Health.STOP, sentence, "Add an RSA key: `newsletter dkim key FILE`.")


def _key(patient: Patient, key: DkimKey) -> Diagnosis:
    name = f"{key.selector}._domainkey.{patient.settings.dkim.domain}"
    ours = record(key.private_key)
    publish = (Record(name, "TXT", quoted(ours)),)
    found = [text for text in patient.names.texts(name) if "p" in tags(text)]
    if not found:
        return Diagnosis(CHECK, Health.STOP, f"There is no DKIM record at {name}.", _MEND, publish)
    if len(found) > 1:
        sentence = f"There are {len(found)} DKIM records at {name}; receivers take any of them."
        return Diagnosis(CHECK, Health.STOP, sentence, "Leave this one alone.", publish)
    return _compared(name, tags(found[0]), tags(ours), publish)


def _compared(
    name: str, published: dict[str, str], ours: dict[str, str], publish: tuple[Record, ...]
) -> Diagnosis:
    kind = ours["k"]
    if not published["p"]:
        return Diagnosis(CHECK, Health.STOP, f"The key at {name} is revoked: its p= is empty.", _MEND, publish)
    if published["p"] != ours["p"] or published.get("k", "rsa").lower() != kind:
        sentence = f"The DKIM record at {name} is of another key than the one in use; every signature fails."
        return Diagnosis(CHECK, Health.STOP, sentence, _MEND, publish)
    hashes = published.get("h", "sha256")
    if "sha256" not in hashes.lower().split(":"):
        sentence = f"The DKIM record at {name} allows {hashes} only, and letters are signed with SHA-256."
        return Diagnosis(CHECK, Health.STOP, sentence, _MEND, publish)
    if "y" in published.get("t", "").lower().split(":"):
        sentence = f"The DKIM record at {name} says t=y, testing; receivers may treat letters as unsigned."
        return Diagnosis(CHECK, Health.WARNING, sentence, "Take t=y out.", publish)
    length = f"RSA, at least {LEAST_RSA_BITS} bits" if kind == "rsa" else "Ed25519"
    return Diagnosis(CHECK, Health.FINE, f"The DKIM record at {name} is of the key in use ({length}).")
