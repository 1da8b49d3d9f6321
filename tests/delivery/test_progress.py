"""How far an issue is: counted from the ledger while it goes out, and in agreement with the mail server."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

from sqlalchemy import update

from newsletter.delivery.ledger.tables import DeliveryRow
from newsletter.delivery.progress.counting import Part, details, standing
from newsletter.delivery.states import DeliveryState
from subscribers.models import Subscriber
from tests.delivery.conftest import House
from tests.delivery.nights import transport_to
from tests.smtp_server import Deed, smtp_server


def seen(house: House) -> tuple[int, int, dict[str, int]]:
    """Return what is open, what is due, and the states."""
    with house.database.reading() as session:
        now = standing(session, house.issue_id, house.clock.now())
        walked = details(session, house.issue_id, timedelta(0))
    return now.open, now.due, {str(state): number for state, number in walked.states.items() if number}


def test_the_counts_are_those_of_the_mail_server(house: House) -> None:
    refused = Deed(reply="550 5.1.1 unknown")
    with smtp_server() as server, closing(transport_to(server)) as transport:
        server.rule = lambda command, words: refused if command == "RCPT" and "reader3@" in words else None
        assert seen(house) == (10, 10, {"owed": 10})
        house.send(transport)
    assert seen(house) == (0, 0, {"accepted": len(server.accepted), "rejected": 1})
    assert len(server.accepted) == 9


def test_claims_are_open_and_what_waits_for_later_is_not_due(house: House) -> None:
    house.claim("a sender", limit=3)
    with house.database.writing() as session:
        later = update(DeliveryRow).where(DeliveryRow.subscription_id > 8)
        session.execute(later.values(due_at=house.clock.now() + timedelta(hours=2)))
    open_now, due, states = seen(house)
    assert (open_now, due, states) == (10, 5, {"claimed": 3, "owed": 7})


def test_lanes_and_domains_add_up_to_everything(house: House) -> None:
    now = house.clock.now()
    with house.database.writing() as session:
        of_issue = update(DeliveryRow).where(DeliveryRow.issue_id == house.issue_id)
        session.execute(
            of_issue.where(DeliveryRow.subscription_id > 6).values(first_due_at=now + timedelta(hours=3))
        )
        session.execute(of_issue.where(DeliveryRow.subscription_id == 1).values(state=DeliveryState.ACCEPTED))
        of_readers = update(Subscriber).where(Subscriber.id.in_([1, 2]))
        session.execute(of_readers.values(address=Subscriber.address + ".elsewhere"))
    with house.database.reading() as session:
        walked = details(session, house.issue_id, timedelta(0))
    assert [(lane.begins, lane.total, lane.done) for lane in walked.lanes] == [
        (now, 6, 1),
        (now + timedelta(hours=3), 4, 0),
    ]
    assert walked.domains == [Part("reader.example", 8, 0, 0), Part("reader.example.elsewhere", 2, 1, 1)]
    with house.database.reading() as session:
        assert len(details(session, house.issue_id, timedelta(hours=4)).lanes) == 1
