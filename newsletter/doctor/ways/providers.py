"""The DNS records that mail APIs want of a sending domain, as far as they are the same for every customer.

From their documentation; see docs/providers. What a provider makes up for each customer is only known there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from newsletter.doctor.diagnosis import Diagnosis, Health, Record, quoted
from newsletter.doctor.dns.tags import tags
from newsletter.doctor.names import Names
from newsletter.doctor.patient import Patient
from newsletter.settings import ApiSettings

CHECK: Final = "provider"
_Wants = Callable[[str], tuple[Record, ...]]
_AMAZON = quoted("v=spf1 include:amazonses.com ~all")


def _brevo(domain: str) -> tuple[Record, ...]:
    written = domain.replace(".", "-")
    return tuple(
        Record(f"brevo{n}._domainkey.{domain}", "CNAME", f"b{n}.{written}.dkim.brevo.com.") for n in (1, 2)
    )


def _resend(domain: str) -> tuple[Record, ...]:
    return (
        Record(f"resend._domainkey.{domain}", "TXT", ""),
        Record(f"send.{domain}", "MX", ""),
        Record(f"send.{domain}", "TXT", _AMAZON),
    )


# An empty value is one that the provider makes up; then it is enough that there is any.
_RECORDS: Mapping[str, _Wants] = {
    "mailgun": lambda domain: (Record(domain, "TXT", quoted("v=spf1 include:mailgun.org ~all")),),
    "postmark": lambda domain: (Record(f"pm-bounces.{domain}", "CNAME", "pm.mtasv.net."),),
    "sendgrid": lambda domain: tuple(Record(f"s{n}._domainkey.{domain}", "CNAME", "") for n in (1, 2)),
    "brevo": _brevo,
    "resend": _resend,
}


def providers(patient: Patient) -> Iterator[Diagnosis]:
    """Look for the records of each mail API that is configured. Raises NoAnswer."""
    for way in patient.ways:
        if way.api is not None:
            for domain in _domains(patient, way.api):
                yield from _provider(patient.names, way.kind, domain)


def _domains(patient: Patient, api: ApiSettings) -> tuple[str, ...]:
    return (api.domain,) if api.domain else patient.from_domains


def _provider(names: Names, kind: str, domain: str) -> Iterator[Diagnosis]:
    wants = _RECORDS.get(kind)
    if wants is None:
        sentence = f"The records that {kind} wants of {domain} are made up for each customer."
        yield Diagnosis(CHECK, Health.UNKNOWN, sentence, "Its console tells whether they are verified.")
        return
    missing = [record for record in wants(domain) if not _is_there(names, record)]
    if not missing:
        yield Diagnosis(CHECK, Health.FINE, f"The records of {domain} that {kind} wants of everybody are there.")
    for record in missing:
        sentence = f"{kind} wants a {record.kind} record at {record.name}, and there is none like it."
        mend = "Publish it." if record.value else f"Publish the one that {kind} shows for {domain}."
        yield Diagnosis(CHECK, Health.WARNING, sentence, mend, (record,) if record.value else ())


def _is_there(names: Names, record: Record) -> bool:
    if record.kind == "CNAME":
        found = names.alias(record.name)
        return bool(found) and record.value.rstrip(".") in {"", found}
    if record.kind == "MX":
        return bool(names.exchanges(record.name))
    texts = names.texts(record.name)
    if not record.value:
        return any(tags(text).get("p") for text in texts)
    include = next(word for word in record.value.strip('"').split() if word.startswith("include:"))
    return any(text.lower().startswith("v=spf1") and include in text.split() for text in texts)
