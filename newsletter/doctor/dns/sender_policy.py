"""SPF of the domains that bounces go to: is there a record, can it be used, are our hosts in it?"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from newsletter.doctor.diagnosis import Diagnosis, Health, Record, quoted
from newsletter.doctor.dns.spf import MOST_LOOKUPS, MOST_VOIDS, Broken, Evaluation, Result, record_of
from newsletter.doctor.patient import Patient

CHECK = "spf"


def sender_policy(patient: Patient) -> Iterator[Diagnosis]:
    """Look at SPF as receivers of our mail do. Raises NoAnswer."""
    if not patient.servers:
        yield Diagnosis(CHECK, Health.NOTE, f"{patient.elsewhere}; SPF is checked for whoever sends them on.")
        return
    addresses = patient.sending_addresses()
    for domain in patient.return_domains:
        yield from _domain(patient, domain, addresses)


def _domain(patient: Patient, domain: str, addresses: tuple[str, ...]) -> Iterator[Diagnosis]:
    try:
        record = record_of(patient.names, domain)
        if record is None:
            yield _missing(domain, addresses)
            return
        whole = Evaluation(patient.names, None, patient.sender)
        whole.result(domain)
        yield _counted(domain, whole)
        yield from _covering(patient, domain, record, addresses)
    except Broken as broken:
        yield Diagnosis(
            CHECK, Health.STOP, f"The SPF record of {domain} can't be used: {broken}.", "Mend the record."
        )


def _missing(domain: str, addresses: tuple[str, ...]) -> Diagnosis:
    return Diagnosis(
        CHECK,
        Health.STOP,
        f"{domain}, where bounces go, has no SPF record; large mailbox providers refuse or junk such mail.",
        "Publish one that names every host that sends for it."
        if addresses
        else "Publish one with your mail server's address in the place of 192.0.2.1.",
        (_record(domain, "v=spf1 ~all", addresses or ("192.0.2.1",)),),
    )


def _counted(domain: str, whole: Evaluation) -> Diagnosis:
    told = f"The SPF record of {domain} takes {whole.lookups} of {MOST_LOOKUPS} lookups"
    if whole.lookups > MOST_LOOKUPS:
        return Diagnosis(CHECK, Health.STOP, f"{told}, and receivers give up.", "Take includes out of it.")
    if whole.voids > MOST_VOIDS:
        sentence = f"{told}, {whole.voids} of which find nothing; receivers may give up after {MOST_VOIDS}."
        return Diagnosis(CHECK, Health.STOP, sentence, "Take the hosts that are gone out of it.")
    if whole.lookups >= MOST_LOOKUPS - 1:
        return Diagnosis(CHECK, Health.NOTE, f"{told}; whatever an included domain adds may break it.")
    return Diagnosis(CHECK, Health.FINE, f"{told}.")


def _covering(patient: Patient, domain: str, record: str, addresses: tuple[str, ...]) -> Iterator[Diagnosis]:
    if not addresses:
        yield Diagnosis(
            CHECK,
            Health.UNKNOWN,
            f"Whether SPF of {domain} covers our mail is not known: no address that it comes from is.",
            "Name it in [doctor] sending_addresses.",
        )
    results = {
        each: Evaluation(patient.names, ip_address(each), patient.sender).result(domain) for each in addresses
    }
    outside = tuple(each for each, result in results.items() if result is not Result.PASS)
    for address in outside:
        yield Diagnosis(
            CHECK,
            Health.STOP if results[address] in {Result.FAIL, Result.SOFTFAIL} else Health.WARNING,
            f"SPF of {domain} says {results[address]} of {address}, which our mail comes from.",
            "Add it to the record.",
            (_record(domain, record, outside),),
        )
    if addresses and not outside:
        yield Diagnosis(CHECK, Health.FINE, f"SPF of {domain} passes for {', '.join(addresses)}.")
    if record.rsplit(maxsplit=1)[-1].lower() in {"all", "+all"}:
        sentence = f"The SPF record of {domain} ends in +all, which lets everybody send in its name."
        yield Diagnosis(CHECK, Health.STOP, sentence, 'End it in "~all".')


def _record(domain: str, record: str, addresses: tuple[str, ...]) -> Record:
    """Return the record with the addresses added behind its version, where receivers look first."""
    version, _, rest = record.partition(" ")
    terms = [f"ip{ip_address(each).version}:{each}" for each in addresses]
    return Record(domain, "TXT", quoted(" ".join([version, *terms, rest])))
