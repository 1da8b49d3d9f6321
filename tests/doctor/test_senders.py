"""The bulk senders' rules: what the checks and real deliveries say, and what nobody can know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from newsletter.delivery.ledger.tables import DeliveryRow, LetterRow
from newsletter.doctor.diagnosis import Diagnosis, Health
from newsletter.doctor.examining import examine
from newsletter.doctor.names import Names
from newsletter.doctor.senders import CHECKS, Item, Met, checklist
from newsletter.feedback.tables import Incoming, ReportRow
from newsletter.issues.tables import IssueRow
from newsletter.settings import ApiSettings, FeedbackSettings, MailboxSettings, TransportSettings
from subscribers.database import Database
from subscribers.models import Subscriber, Subscription
from tests.doctor.conftest import Practice


def listed(practice: Practice) -> Mapping[str, Item]:
    """Return the checklist, without the checks that need a mail server and a web server."""
    patient = replace(practice.patient, names=Names(practice.server.resolver))
    found = list(examine(patient, set(CHECKS) - {"tls", "unsubscribe"}))
    return {each.rule: each for each in checklist(patient, found)}


def sent(practice: Practice, domain: str, accepted: int, rejected: int = 0, complained: int = 0) -> None:
    """Let an issue have gone to so many readers at a domain."""
    now = practice.patient.clock.now()
    with practice.patient.database.writing() as session:
        first = session.query(Subscriber).count() + 1
        issue = IssueRow(
            newsletter=domain, date=date(2026, 3, 9), state="sent", window_start=now, window_end=now, send_at=now,
            created_at=now, locked_at=now,
        )  # fmt: skip
        incoming = Incoming(source="mail", key=domain, received_at=now, body=b"")
        session.add_all([issue, incoming])
        session.flush()
        letter = LetterRow(issue_id=issue.id, variant="en", body=b"", frozen_at=now)
        session.add(letter)
        session.flush()
        for number in range(first, first + accepted + rejected):
            email = f"r{number}@{domain}"
            person = Subscriber(id=number, email=email, address=email, address_hash=str(number), created_at=now)
            session.add(person)
            session.flush()
            session.add(
                Subscription(
                    id=number,
                    subscriber_id=number,
                    newsletter="evening",
                    state="active",
                    created_at=now,
                    changed_at=now,
                )
            )
            session.flush()
            state = "accepted" if number < first + accepted else "rejected"
            session.add(
                DeliveryRow(
                    issue_id=issue.id,
                    subscription_id=number,
                    letter_id=letter.id,
                    state=state,
                    due_at=now,
                    settled_at=now,
                )
            )
        for number in range(first, first + complained):
            session.add(
                ReportRow(
                    incoming_id=incoming.id, source="mail", key=f"{domain}{number}", kind="complained", at=now,
                    issue_id=issue.id, subscription_id=number, consequence="complained",
                )
            )  # fmt: skip


def test_what_dns_says_is_met_and_what_nobody_looked_at_is_unknown(practice: Practice) -> None:
    found = listed(practice)
    assert {name: found[name].met for name in ("spf", "dkim", "dmarc", "reverse", "tls", "unsubscribe")} == {
        "spf": Met.MET,
        "dkim": Met.MET,
        "dmarc": Met.MET,
        "reverse": Met.MET,
        "tls": Met.UNKNOWN,
        "unsubscribe": Met.UNKNOWN,
    }
    assert found["volume"].met is Met.UNKNOWN
    assert found["honoured"].because == "Nobody has left yet."


def test_what_is_wrong_is_not_met(practice: Practice) -> None:
    del practice.server.zone["_dmarc.ledger.example"]
    item = listed(practice)["dmarc"]
    assert (item.met, "has no DMARC record" in item.because) == (Met.NOT_MET, True)


def test_a_providers_own_is_unknown_here(practice: Practice) -> None:
    practice.set(transport=TransportSettings("mailgun", api=ApiSettings("key", domain="ledger.example")))
    found = listed(practice)
    assert {found[name].met for name in ("spf", "dkim", "dmarc", "reverse")} == {Met.UNKNOWN}


def test_complaints_are_measured_where_they_reach_us(practice: Practice) -> None:
    sent(practice, "gmail.com", 150)
    sent(practice, "yahoo.com", 150)
    sent(practice, "outlook.com", 150, complained=1)
    assert listed(practice)["complaints, yahoo"].because.startswith("No complaint can reach us")
    practice.set(feedback=FeedbackSettings("bounces@ledger.example", MailboxSettings("maildir")))
    found = listed(practice)
    assert found["complaints, yahoo"].met is Met.MET
    assert found["complaints, gmail"].because.startswith("Gmail tells nobody")
    assert found["complaints, outlook"].met is Met.NOT_MET
    assert found["complaints, outlook"].because == "1 of 150 (0.67 %) on 2026-03-09."
    assert found["complaints, others"].met is Met.UNKNOWN


def test_bounces_and_volume_are_measured(practice: Practice) -> None:
    sent(practice, "gmail.com", 96, rejected=4)
    sent(practice, "firm.example", 20)
    found = listed(practice)
    assert (found["bounces, gmail"].met, found["bounces, others"].met) == (Met.NOT_MET, Met.UNKNOWN)
    assert "100 to gmail (2026-03-09); we are not meant yet." in found["volume"].because


def test_a_letter_long_after_the_goodbye_is_found(practice: Practice) -> None:
    sent(practice, "firm.example", 2)
    now = practice.patient.clock.now()
    for days, met in ((1, Met.MET), (3, Met.NOT_MET)):
        with practice.patient.database.writing() as session:
            gone = session.get_one(Subscription, 1)
            gone.state, gone.changed_at = "unsubscribed", now - timedelta(days=days)
        assert listed(practice)["honoured"].met is met


def test_a_mail_server_on_this_machine_leaves_the_rest_of_the_way_unknown(practice: Practice) -> None:
    near = Diagnosis("tls", Health.NOTE, "127.0.0.1:25 is spoken to in the clear.")
    (item,) = [each for each in checklist(practice.patient, [near]) if each.rule == "tls"]
    assert (item.met, "known there only" in item.because) == (Met.UNKNOWN, True)


@pytest.mark.postgres
def test_postgresql_measures_alike(practice: Practice, postgresql: Database) -> None:
    practice.patient = replace(practice.patient, database=postgresql)
    sent(practice, "gmail.com", 96, rejected=4, complained=1)
    found = listed(practice)
    assert found["bounces, gmail"].because == "4 of 100 letters in 30 days (4.0 %)."
    assert found["complaints, gmail"].met is Met.NOT_MET
    assert found["honoured"].met is Met.UNKNOWN
