"""MX: do bounces reach us, and what readers answer?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from newsletter.doctor.diagnosis import Diagnosis, Health, Record
from newsletter.doctor.patient import Patient

CHECK: Final = "mx"


def receiving(patient: Patient) -> Iterator[Diagnosis]:
    """Look at where mail to the return path's domain goes, and to From's. Raises NoAnswer."""
    bounced = patient.return_domains if patient.servers else ()
    for domain in bounced:
        yield _domain(patient, domain, "bounces", Health.STOP)
    for domain in patient.from_domains:
        if domain not in bounced:
            yield _domain(patient, domain, "answers", Health.WARNING)


def _domain(patient: Patient, domain: str, what: str, grave: Health) -> Diagnosis:
    exchanges = patient.names.exchanges(domain)
    publish = (Record(domain, "MX", f"10 mail.{domain}."),)
    if any(not each.host for each in exchanges):
        sentence = f"{domain} says that it takes no mail (a null MX, RFC 7505), and {what} would go there."
        return Diagnosis(CHECK, grave, sentence, "Publish the name of your mail server instead.", publish)
    if not exchanges:
        return _without(patient, domain, what, grave, publish)
    dead = [each.host for each in exchanges if not patient.names.addresses(each.host)]
    if dead:
        health = grave if len(dead) == len(exchanges) else Health.WARNING
        sentence = f"{domain} names {', '.join(dead)} for its mail, which has no address."
        return Diagnosis(CHECK, health, sentence, "Take it out, or give it an A or AAAA record.")
    hosts = ", ".join(each.host for each in exchanges)
    return Diagnosis(CHECK, Health.FINE, f"Mail to {domain} ({what}) goes to {hosts}.")


def _without(patient: Patient, domain: str, what: str, grave: Health, publish: tuple[Record, ...]) -> Diagnosis:
    if patient.names.addresses(domain):
        sentence = f"{domain} has no MX; {what} go to its own address (RFC 5321, section 5.1)."
        return Diagnosis(CHECK, Health.NOTE, sentence, "Publish one if that is not meant.", publish)
    sentence = f"{domain} has neither MX nor address: {what} get nowhere, and receivers may refuse its mail."
    return Diagnosis(CHECK, grave, sentence, "Publish the name of your mail server.", publish)
