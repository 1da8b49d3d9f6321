"""An examination: the checks one after the other, each by itself, so that one that fails leaves the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import structlog

from newsletter.doctor.diagnosis import Diagnosis, Health
from newsletter.doctor.dns import policy, receiving, reverse, sender_policy, signing
from newsletter.doctor.machine import clocks, databases, disk, zones
from newsletter.doctor.names import NoAnswer
from newsletter.doctor.patient import Patient
from newsletter.doctor.ways import mail_server, one_click, providers

log = structlog.get_logger("newsletter.doctor")

Check = Callable[[Patient], Iterable[Diagnosis]]

CHECKS: Mapping[str, Check] = {
    sender_policy.CHECK: sender_policy.sender_policy,
    signing.CHECK: signing.signing,
    policy.CHECK: policy.policy,
    receiving.CHECK: receiving.receiving,
    reverse.CHECK: reverse.reverse,
    providers.CHECK: providers.providers,
    mail_server.CHECK: mail_server.mail_server,
    one_click.CHECK: one_click.one_click,
    clocks.CHECK: clocks.clocks,
    zones.CHECK: zones.zones,
    databases.CHECK: databases.databases,
    disk.CHECK: disk.disk,
}


def examine(
    patient: Patient, only: Collection[str] = (), progress: Callable[[str], None] = lambda _: None
) -> Iterator[Diagnosis]:
    """Yield what each check says, of all of them or of those named. `progress` is told each check's name."""
    for name, check in CHECKS.items():
        if not only or name in only:
            progress(name)
            yield from _checked(name, check, patient)


def _checked(name: str, check: Check, patient: Patient) -> Iterator[Diagnosis]:
    try:
        yield from check(patient)
    except NoAnswer as silence:
        yield Diagnosis(name, Health.UNKNOWN, f"The name server gave no answer ({silence}).", "Try again later.")
    except Exception as trouble:  # a check that breaks is no reason to keep quiet about the others
        log.exception("a check broke", check=name)
        sentence = f"The check itself failed ({type(trouble).__name__}: {trouble}); nothing is known."
        yield Diagnosis(name, Health.UNKNOWN, sentence)
