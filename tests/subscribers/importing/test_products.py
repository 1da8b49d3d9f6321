"""Who is gone at another product is refused with the reason, or kept as gone, and what proves consent is kept."""

from __future__ import annotations

import pytest

from subscribers.importing import Elsewhere, Reason
from subscribers.importing.report import Fate
from subscribers.models import Subscriber, Suppression
from tests.subscribers.conftest import Register
from tests.subscribers.importing.test_columns import BUTTONDOWN, GHOST, LISTMONK, MAILCHIMP, OURS, SUBSTACK

_SUBSTACK = [
    "ada@reader.example,false,,free,false,2024-01-15T10:00:00.000Z,",
    "left@reader.example,true,2027-01-01,monthly,true,2024-01-15T10:00:00.000Z,",
]
_GHOST = [
    "1,ada@reader.example,Ada,,true,false,,2024-01-15T10:00:00.000Z,,,",
    "2,left@reader.example,Lou,,false,false,,2024-01-15T10:00:00.000Z,,,",
    "3,gone@reader.example,Gus,,true,false,,2024-01-15T10:00:00.000Z,2025-01-01T00:00:00.000Z,,",
]
_LISTMONK = [
    '0f,ada@reader.example,Ada,"{""city"": ""Port""}",enabled,2024-01-15,2024-01-15',
    "1f,bar@reader.example,Bar,{},blocklisted,2024-01-15,2024-01-15",
]
_BUTTONDOWN = [
    "ada@reader.example,,{},,regular,2024-01-15",
    "wait@reader.example,,{},,unactivated,2024-01-15",
    "left@reader.example,,{},,unsubscribed,2024-01-15",
    "back@reader.example,,{},,undeliverable,2024-01-15",
    "spam@reader.example,,{},,complained,2024-01-15",
]
_OURS = [
    "ada@reader.example,Ada,evening,active,city,weekly,7,,en,Europe/Rome,yes,,2024-01-15T10:00:00+00:00,",
    "left@reader.example,Lou,evening,unsubscribed,,daily,,,,,yes,,2024-01-15T10:00:00+00:00,",
    "back@reader.example,Bo,evening,active,,daily,,,,,yes,bounced,2024-01-15T10:00:00+00:00,",
    "other@reader.example,Oz,weekend,active,,daily,,,,,yes,,2024-01-15T10:00:00+00:00,",
    "out@reader.example,Ole,evening,removed,,daily,,,,,yes,,2024-01-15T10:00:00+00:00,",
]


@pytest.mark.parametrize(
    ("header", "rows", "reasons"),
    [
        (SUBSTACK, _SUBSTACK, [Reason.LEFT_THERE]),
        (GHOST, _GHOST, [Reason.LEFT_THERE, Reason.LEFT_THERE]),
        (LISTMONK, _LISTMONK, [Reason.BARRED_THERE]),
        (
            BUTTONDOWN,
            _BUTTONDOWN,
            [Reason.UNCONFIRMED_THERE, Reason.LEFT_THERE, Reason.BOUNCED_THERE, Reason.COMPLAINED_THERE],
        ),
        (OURS, _OURS, [Reason.LEFT_THERE, Reason.BOUNCED_THERE, Reason.OTHER_NEWSLETTER, Reason.REMOVED_THERE]),
    ],
)
def test_only_who_is_subscribed_there_is_taken(
    register: Register, header: str, rows: list[str], reasons: list[Reason]
) -> None:
    report = register.bring_in(header, *rows)
    assert (report.added, [one.reason for one in report.refusals]) == (1, reasons)
    assert register.size(Subscriber) == 1


def test_who_is_gone_there_can_be_kept_as_gone(register: Register) -> None:
    report = register.bring_in(BUTTONDOWN, *_BUTTONDOWN, with_leavers=True)
    assert report.fates == {Fate.NEW: 1, Fate.LEFT: 1, Fate.BARRED: 2}
    assert report.reasons == {Reason.UNCONFIRMED_THERE: 1}
    assert (register.state(2), register.happened(2)) == ("unsubscribed", ["unsubscribed"])
    assert (register.size(Subscriber), register.size(Suppression)) == (2, 2)
    later = register.bring_in("email", *(row.partition(",")[0] for row in _BUTTONDOWN))
    assert later.reasons == {Reason.LEFT: 1, Reason.SUPPRESSED: 2}


@pytest.mark.parametrize(
    ("name", "fate", "reason"),
    [
        ("unsubscribed_members_export_1.csv", Fate.LEFT, Reason.LEFT_THERE),
        ("cleaned_members_export_1.csv", Fate.BARRED, Reason.BOUNCED_THERE),
    ],
)
def test_the_parts_of_a_mailchimp_audience(register: Register, name: str, fate: Fate, reason: Reason) -> None:
    row = "ada@reader.example,Ada,Nwosu,2,2024-01-15 10:00:00,192.0.2.1,2024-01-15 10:05:00,192.0.2.2" + "," * 12
    assert register.bring_in(MAILCHIMP, row, file_name=name).reasons == {reason: 1}
    assert register.bring_in(MAILCHIMP, row, file_name=name, with_leavers=True).fates == {fate: 1}
    assert register.bring_in("email", "ada@reader.example").added == 0


def test_a_column_that_says_when_somebody_left_says_that_they_have(register: Register) -> None:
    report = register.bring_in(f"{MAILCHIMP},UNSUB_TIME", "ada@reader.example" + "," * 20 + "2025-01-01 10:00:00")
    assert report.reasons == {Reason.LEFT_THERE: 1}


def test_the_proof_of_consent_comes_along(register: Register) -> None:
    row = (
        "ada@reader.example,Ada,Nwosu,2,2024-01-15 10:00:00,192.0.2.1,2024-01-15 10:05:00,192.0.2.2,,,,,"
        "America/Los_Angeles,US,CA,,1,2,,"
    )
    register.bring_in(MAILCHIMP, row)
    (event,) = register.events(1)
    assert (event.detail, event.network_address) == ({"agreed_at": "2024-01-15 10:05:00"}, "192.0.2.2")
    reader = register.subscriber()
    assert (reader.name, reader.time_zone) == ("Ada Nwosu", "America/Los_Angeles")


def test_our_own_export_brings_what_readers_had_chosen(register: Register) -> None:
    register.bring_in(OURS, _OURS[0])
    subscription = register.subscription(1)
    assert (subscription.sections, subscription.frequency, subscription.hour) == ("city", "weekly", 7)


def test_what_makes_no_sense_in_a_cell_is_left_out(register: Register) -> None:
    register.bring_in("email,time zone,ip,language", "ada@reader.example,Mars/Olympus,999.1,en\x00")
    assert (register.subscriber().time_zone, register.events(1)[0].network_address) == ("", "")
    assert register.subscriber().language == "en"


@pytest.mark.parametrize("status", ["active", "Ja", "abonné", "SUBSCRIBED", ""])
def test_plain_lists_may_say_who_is_subscribed(register: Register, status: str) -> None:
    assert register.bring_in("email,status", f"ada@reader.example,{status}").added == 1


def test_a_status_that_nobody_knows_refuses_its_row(register: Register) -> None:
    report = register.bring_in("email,status", "ada@reader.example,dormant")
    assert report.refusals[0].sentence == 'has the status "dormant", which is not known'


def test_how_everybody_stands_may_be_said(register: Register) -> None:
    rows = ["ada@reader.example", "bob@reader.example"]
    report = register.bring_in(*rows, everybody=Elsewhere.UNSUBSCRIBED, with_leavers=True)
    assert report.fates == {Fate.LEFT: 2}
