"""The rules of Gmail, Yahoo and Microsoft for who sends much, as a checklist of what is met.

Sources, read in November 2026, in stored copies and in part by what others tell of them: Google, "Email sender
guidelines" and its FAQ (support.google.com/a/answer/81126 and 14229414); Yahoo, "Sender Hub: best practices"
(senders.yahooinc.com/best-practices); Microsoft, "Outlook's new requirements for high-volume senders" of 2 April
2025 (techcommunity.microsoft.com; since 5 May 2025 such mail is rejected, 550 5.7.515). Gmail and Microsoft mean
senders of 5,000 letters a day to their mailboxes; Yahoo names no number.

What can't be known from here is unknown: Gmail tells nobody who complained, only its Postmaster Tools do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.delivery.ledger.tables import DeliveryRow, DeliveryState
from newsletter.delivery.pace.ramp import GMAIL, OUTLOOK, PROVIDERS, day_of
from newsletter.doctor.diagnosis import Diagnosis, Health, worst
from newsletter.doctor.measuring import Fate, fates, together
from newsletter.doctor.patient import Patient
from subscribers.models import Subscription
from subscribers.states import State

CHECKS = ("spf", "dkim", "dmarc", "reverse", "tls", "unsubscribe")
MEASURED_OVER = timedelta(days=30)
BULK = 5_000  # letters a day
_NEVER, _AIM = 0.3, 0.1  # percent of complaints (Gmail, Yahoo)
_BOUNCES = 3.0  # percent; nobody publishes a number, this is ours
_ENOUGH = 100  # letters a day, before a rate says anything
_WITHIN = timedelta(days=2)  # to honour an unsubscribe (Gmail, Yahoo)
_OF_ALL = "Gmail, Yahoo, Microsoft"
_OF_TWO = "Gmail, Yahoo"
_PROVIDERS_OWN = frozenset({"spf", "dkim", "reverse"})  # where a mail API sends


class Met(StrEnum):
    """Whether a rule is met."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Item:
    """One rule: whose it is, what it asks, whether it is met, and by what that is known."""

    rule: str
    of: str
    asks: str
    met: Met
    because: str


_CHECKED = (
    ("spf", _OF_ALL, "SPF passes for the envelope's sender."),
    ("dkim", _OF_ALL, "Letters are signed with DKIM."),
    (
        "dmarc",
        _OF_ALL,
        "From has a DMARC record, p=none at least, and SPF or DKIM is aligned with it.",
    ),
    ("reverse", _OF_TWO, "The sending address has a name, and the name that address."),
    ("tls", "Gmail", "Letters travel by TLS."),
    ("unsubscribe", _OF_TWO, "One click unsubscribes (RFC 8058)."),
)


def checklist(patient: Patient, found: Sequence[Diagnosis]) -> list[Item]:
    """Return every rule, by what the checks of CHECKS found and what became of the letters of the last 30 days."""
    zone = patient.settings.site.time_zone
    now = patient.clock.now()
    with patient.database.reading() as session:
        measured = fates(session, day_of(now - MEASURED_OVER, zone), zone)
        honoured = _honoured(session)
    items = [_checked(patient, found, *rule) for rule in _CHECKED]
    return [*items, honoured, *_complaints(patient, measured), *_bounces(measured), _volume(measured)]


def _checked(patient: Patient, found: Sequence[Diagnosis], check: str, of: str, asks: str) -> Item:
    mine = [each for each in found if each.check == check]
    health = worst(mine)
    if not mine or (check in _PROVIDERS_OWN and not patient.servers):
        return Item(
            check,
            of,
            asks,
            Met.UNKNOWN,
            "It is of whoever sends our letters on, and known there." if mine else "Not looked at.",
        )
    because = next(each.sentence for each in mine if each.health is health)
    if any(each.health is Health.STOP for each in mine):
        return Item(check, of, asks, Met.NOT_MET, because)
    if check == "tls" and health is not Health.FINE:
        return Item(check, of, asks, Met.UNKNOWN, f"{because} How it sends on is known there only.")
    is_known = all(each.health is not Health.UNKNOWN for each in mine)
    unknown = next((each.sentence for each in mine if each.health is Health.UNKNOWN), because)
    return Item(check, of, asks, Met.MET if is_known else Met.UNKNOWN, because if is_known else unknown)


def _honoured(session: Session) -> Item:
    """Look for letters that left more than two days after their reader."""
    after = (
        select(Subscription.changed_at, DeliveryRow.settled_at)
        .join(DeliveryRow, DeliveryRow.subscription_id == Subscription.id)
        .where(
            Subscription.state == State.UNSUBSCRIBED,
            DeliveryRow.state == DeliveryState.ACCEPTED,
            DeliveryRow.settled_at > Subscription.changed_at,
        )
    )
    number = sum(settled is not None and settled > left + _WITHIN for left, settled in session.execute(after))
    gone = session.scalar(select(func.count()).where(Subscription.state == State.UNSUBSCRIBED)) or 0
    asks = f"Who unsubscribes gets nothing any more within {_WITHIN.days} days."
    if number:
        return Item("honoured", _OF_TWO, asks, Met.NOT_MET, f"{number:,} letters left later than that.")
    if not gone:
        return Item("honoured", _OF_TWO, asks, Met.UNKNOWN, "Nobody has left yet.")
    return Item("honoured", _OF_TWO, asks, Met.MET, f"{gone:,} left, and no letter went to any of them later.")


def _complaints(patient: Patient, measured: Sequence[Fate]) -> Iterator[Item]:
    asks = f"Complaints stay under {_AIM} % of a day's letters, and never reach {_NEVER} %."
    is_told = bool(patient.settings.feedback.mailbox or patient.settings.feedback.webhooks)
    for provider in PROVIDERS:
        days = [each for each in measured if each.provider == provider and each.sent >= _ENOUGH]
        high = [each for each in days if each.complaints >= _AIM]
        if high:
            highest = max(high, key=lambda each: each.complaints)
            met = Met.NOT_MET
            because = f"{highest.complained} of {highest.sent:,} ({highest.complaints:.2f} %) on {highest.day}."
        elif provider == GMAIL:
            met, because = Met.UNKNOWN, "Gmail tells nobody who complained: see its Postmaster Tools."
        elif not is_told:
            met, because = Met.UNKNOWN, "No complaint can reach us: [feedback] has neither mailbox nor webhook."
        elif not days:
            met, because = Met.UNKNOWN, f"On no day of the last 30 so many as {_ENOUGH} letters went there."
        else:
            sums = together(days)[provider]
            met = Met.MET
            because = f"{sums.complained} of {sums.sent:,} letters in 30 days, by the complaints that reached us."
        yield Item(f"complaints, {provider}", _OF_TWO, asks, met, because)


def _bounces(measured: Sequence[Fate]) -> Iterator[Item]:
    asks = f"Lists are clean; nobody publishes a number, ours is {_BOUNCES:g} % of bounces."
    for provider, sums in sorted(together(measured).items()):
        if sums.sent < _ENOUGH:
            because = f"Only {sums.sent} letters in 30 days."
            yield Item(f"bounces, {provider}", _OF_ALL, asks, Met.UNKNOWN, because)
            continue
        met = Met.MET if sums.bounces <= _BOUNCES else Met.NOT_MET
        because = f"{sums.bounced:,} of {sums.sent:,} letters in 30 days ({sums.bounces:.1f} %)."
        yield Item(f"bounces, {provider}", _OF_ALL, asks, met, because)


def _volume(measured: Sequence[Fate]) -> Item:
    """Say whether we are meant: who sends less need not, and had better, keep to it."""
    asks = f"These are for who sends {BULK:,} a day; Gmail never forgets who once did."
    large = [each for each in measured if each.provider in {GMAIL, OUTLOOK} and each.sent >= BULK]
    if not measured:
        return Item("volume", _OF_ALL, asks, Met.UNKNOWN, "Nothing was sent in the last 30 days.")
    most = max(measured, key=lambda each: each.sent)
    told = f"The most on one day were {most.sent:,} to {most.provider} ({most.day})"
    return Item("volume", _OF_ALL, asks, Met.MET, f"{told}; we are {'meant' if large else 'not meant yet'}.")
