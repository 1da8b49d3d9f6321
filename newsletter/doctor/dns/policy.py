"""DMARC (RFC 7489, RFC 9091): is there a policy for each From, and would our letters pass it?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from newsletter.doctor.diagnosis import Diagnosis, Health, Record, quoted
from newsletter.doctor.dns.organisations import are_aligned, organisational
from newsletter.doctor.dns.tags import tags
from newsletter.doctor.names import Names
from newsletter.doctor.patient import Patient

CHECK: Final = "dmarc"
_POLICIES = frozenset({"none", "quarantine", "reject"})
_VERSION = re.compile(r"v\s*=\s*DMARC1\s*(;|$)")  # the very first tag, in capitals (section 6.3)


def policy(patient: Patient) -> Iterator[Diagnosis]:
    """Look at the policy of each domain that readers see in From. Raises NoAnswer."""
    for domain in patient.from_domains:
        name, records = _published(patient.names, domain)
        if not records:
            yield _missing(domain)
        elif len(records) > 1:
            sentence = f"There are {len(records)} DMARC records at {name}; receivers then use none."
            yield Diagnosis(CHECK, Health.STOP, sentence, "Leave one of them.")
        else:
            yield from _record(patient, domain, name, tags(records[0]))


def _published(names: Names, domain: str) -> tuple[str, list[str]]:
    """Return where the records stand that count for a domain, and the records.

    They are its own, or its organisation's, or those of the registry that it is under, where that one asks for it
    (RFC 9091, section 3.5: `psd=y`).
    """
    organisation = organisational(domain)
    registry = f"_dmarc.{organisation.partition('.')[2]}"
    for place in dict.fromkeys((f"_dmarc.{domain}", f"_dmarc.{organisation}", registry)):
        found = [text for text in names.texts(place) if _VERSION.match(text)]
        if found and (place != registry or tags(found[0]).get("psd", "").lower() == "y"):
            return place, found
    return f"_dmarc.{organisation}", []


def _missing(domain: str) -> Diagnosis:
    organisation = organisational(domain)
    value = f"v=DMARC1; p=none; rua=mailto:dmarc@{organisation}"
    return Diagnosis(
        CHECK,
        Health.STOP,
        f"{domain} has no DMARC record; Gmail, Yahoo and Microsoft want one of who sends much.",
        "Publish one, with an address of yours for its reports; p=reject once they show that all is well.",
        (Record(f"_dmarc.{organisation}", "TXT", quoted(value)),),
    )


def _record(patient: Patient, domain: str, name: str, found: dict[str, str]) -> Iterator[Diagnosis]:
    is_own = name == f"_dmarc.{domain}"
    wanted = found.get("p", "") if is_own else found.get("sp", found.get("p", ""))
    if wanted.lower() not in _POLICIES:
        sentence = f'The DMARC record at {name} says p="{wanted}", which is none, quarantine or reject elsewhere.'
        yield Diagnosis(CHECK, Health.STOP, sentence, "Write one of the three.")
        return
    yield _aligned(patient, domain, name, wanted.lower(), found)
    if wanted.lower() == "none":
        sentence = f"DMARC of {domain} asks receivers to do nothing (p=none); forged mail of yours still arrives."
        yield Diagnosis(
            CHECK, Health.NOTE, sentence, "Go to quarantine, then to reject, once the reports are good."
        )
    if "rua" not in found:
        sentence = f"The DMARC record at {name} asks for no reports, so that nobody tells you who fails it."
        yield Diagnosis(CHECK, Health.NOTE, sentence, f"Add rua=mailto:dmarc@{organisational(domain)}.")


def _aligned(patient: Patient, domain: str, name: str, wanted: str, found: dict[str, str]) -> Diagnosis:
    """Say whether a letter of ours would pass: DKIM's or SPF's domain must be aligned with From (section 3.1)."""
    if not patient.servers:
        sentence = f"DMARC of {domain} says {wanted}; whether letters pass it depends on who sends them on."
        return Diagnosis(CHECK, Health.UNKNOWN, sentence, "Look at a test mail's Authentication-Results.")
    signing = patient.settings.dkim.domain
    by_dkim = bool(signing) and are_aligned(signing, domain, found.get("adkim", "r").lower())
    by_spf = all(
        are_aligned(each, domain, found.get("aspf", "r").lower()) for each in _return_domains(patient, domain)
    )
    told = f"DMARC of {domain} says {wanted} (at {name})"
    if by_dkim and by_spf:
        return Diagnosis(CHECK, Health.FINE, f"{told}; signature and return path are aligned with it.")
    if by_dkim:
        return Diagnosis(CHECK, Health.FINE, f"{told}; the signature is aligned with it, the return path is not.")
    if by_spf:
        sentence = f"{told}; only the return path is aligned with it, and forwarded mail fails."
        return Diagnosis(CHECK, Health.WARNING, sentence, f"Sign letters by a key of {organisational(domain)}.")
    sentence = f"{told}; neither signature nor return path is aligned with it, so that every letter fails."
    return Diagnosis(
        CHECK, Health.STOP, sentence, f"Sign letters by a key of {organisational(domain)}: [dkim] domain."
    )


def _return_domains(patient: Patient, domain: str) -> tuple[str, ...]:
    return patient.return_domains if patient.settings.feedback.return_path else (domain,)
