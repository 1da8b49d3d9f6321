"""Reverse DNS: does each address that we send from have a name, and has the name that address?"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

import dns.reversename

from newsletter.doctor.diagnosis import Diagnosis, Health, Record
from newsletter.doctor.patient import Patient

CHECK: Final = "reverse"
_MEND = "Whoever gave you the address sets this, not your own name server."


def reverse(patient: Patient) -> Iterator[Diagnosis]:
    """Look at the names of our addresses, forward-confirmed as receivers do it. Raises NoAnswer."""
    if not patient.servers:
        yield Diagnosis(
            CHECK, Health.NOTE, f"{patient.elsewhere}; the addresses that they come from are not ours."
        )
        return
    addresses = patient.sending_addresses()
    if not addresses:
        sentence = "No address that our mail comes from is known, so neither is its name."
        yield Diagnosis(CHECK, Health.UNKNOWN, sentence, "Name it in [doctor] sending_addresses.")
    for address in addresses:
        yield _address(patient, address)


def _address(patient: Patient, address: str) -> Diagnosis:
    names = patient.names.pointers(address)
    if not names:
        sentence = f"{address}, which our mail comes from, has no name; large mailbox providers refuse its mail."
        return Diagnosis(CHECK, Health.STOP, sentence, _MEND, (_pointer(address, patient),))
    confirmed = [name for name in names if _is_of(patient, address, name)]
    if not confirmed:
        sentence = f"{address} is called {', '.join(names)}, and that name does not have this address."
        record = Record(names[0], "A" if ip_address(address).version == 4 else "AAAA", address)
        return Diagnosis(CHECK, Health.STOP, sentence, "Give the name this address.", (record,))
    return Diagnosis(CHECK, Health.FINE, f"{address} is called {confirmed[0]}, and that name has this address.")


def _is_of(patient: Patient, address: str, name: str) -> bool:
    return any(ip_address(each) == ip_address(address) for each in patient.names.addresses(name))


def _pointer(address: str, patient: Patient) -> Record:
    name = dns.reversename.from_address(address).to_text(omit_final_dot=True)
    host = next((way.local_hostname for way in patient.servers if way.local_hostname), "")
    return Record(name, "PTR", f"{host or 'mail.' + patient.return_domains[0]}.")
