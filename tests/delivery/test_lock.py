"""The lock: letters by variant, everybody owed once, nothing movable afterwards."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from newsletter.articles.tables import ArticleRow
from newsletter.delivery import ledger
from newsletter.delivery.ledger.tables import LetterRow
from newsletter.delivery.lock import Locked, variant_of
from newsletter.delivery.sending.report import Ending
from newsletter.domain.issue import Variant
from newsletter.domain.letter import Letter
from newsletter.issues.placing import NothingLeft
from newsletter.issues.states import IssueState, NoSuchTransition
from tests.delivery.conftest import House, Script
from tests.delivery.drafts import drafted, freeze
from tests.rendering.samples import DRAFT


@pytest.fixture
def draft(house: House) -> House:
    return drafted(house)


def variants(house: House) -> dict[str, int]:
    with house.database.reading() as session:
        rows = session.scalars(select(LetterRow).where(LetterRow.issue_id == house.issue_id))
        return {row.variant: row.enqueued for row in rows}


def test_one_letter_for_all_who_chose_everything(draft: House) -> None:
    assert freeze(draft) == Locked(letters=1, enqueued=10, without_stories=0)
    assert variants(draft) == {"en:all": 10}
    assert draft.books() == {"owed": 10}
    assert (draft.row.state, draft.row.locked_at) == (IssueState.SENDING, draft.clock.now())
    assert draft.row.begun_at is None


def test_a_letter_for_each_variant_and_none_without_stories(draft: House) -> None:
    draft.reader(11, sections="city", language="de")
    draft.reader(12, sections="city,culture,sport")
    draft.reader(13, sections="culture,sport")
    draft.reader(14, sections="culture")
    draft.reader(15, sections="sport")
    assert freeze(draft) == Locked(letters=3, enqueued=14, without_stories=1)
    assert variants(draft) == {"en:all": 11, "de:city": 1, "en:culture": 2}


def test_locking_again_is_refused_and_changes_nothing(draft: House) -> None:
    freeze(draft)
    with pytest.raises(NoSuchTransition):
        freeze(draft)
    assert draft.books() == {"owed": 10}


def test_an_issue_without_stories_is_not_locked(draft: House) -> None:
    with draft.database.writing() as session:
        session.execute(update(ArticleRow).values(withdrawn_at=draft.clock.now()))
    with pytest.raises(NothingLeft):
        freeze(draft)
    assert draft.row.state == IssueState.DRAFT
    assert draft.books() == {}


def test_the_same_reader_gets_the_same_bytes_whatever_is_edited(draft: House) -> None:
    freeze(draft)
    with draft.database.writing() as session:
        session.execute(update(ArticleRow).values(title="Edited after the lock"))
    transport = Script()
    assert draft.send(transport).stopped_because is Ending.FINISHED
    assert len(transport.sent) == 10
    for _, message in transport.sent:
        assert b"Edited after" not in message
        assert b"The night ferry comes back" in message
        assert b"Date: Tue, 10 Mar 2026 16:00:00 +0000" in message


def test_the_greeting_is_frozen_in_the_letter_s_language(draft: House) -> None:
    draft.reader(11, language="de", name="Ada")
    draft.reader(12, language="de", name="")
    freeze(draft)
    transport = Script()
    draft.send(transport)
    messages = dict(transport.sent)
    assert b"Guten Abend, Ada" in messages["reader11@reader.example"]
    assert b"Guten Abend," not in messages["reader12@reader.example"]
    assert b"Guten Abend" in messages["reader12@reader.example"]
    assert b"Good evening, Reader 1." in messages["reader1@reader.example"]


def test_the_letter_is_whole_and_its_link_names_it(draft: House) -> None:
    freeze(draft)
    with draft.database.reading() as session:
        row = session.scalars(select(LetterRow).where(LetterRow.issue_id == draft.issue_id)).one()
    letter = Letter.from_bytes(row.body)
    assert {hole.name for hole in letter.holes} == {
        "to_name", "to_address", "message_id", "greeting", "address", "unsubscribe_token", "preferences_token",
    }  # fmt: skip


def test_who_moves_while_letters_are_printed_is_not_left_out(
    draft: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL another transaction may move a reader to a choice that was enqueued already."""
    draft.reader(11, sections="city")
    real = ledger.enqueue
    moved: list[bool] = []

    def enqueue(session, letter, readers, lanes):  # type: ignore[no-untyped-def]
        count = real(session, letter, readers, lanes)
        if not moved:
            moved.append(True)
            session.connection().exec_driver_sql("UPDATE subscriptions SET sections = '' WHERE id = 11")
        return count

    monkeypatch.setattr(ledger, "enqueue", enqueue)
    assert freeze(draft).enqueued == 11
    assert draft.books() == {"owed": 11}


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"city"}, {"city"}),
        ({"city", "weather"}, {"city"}),
        ({"city", "culture", "sport"}, set()),
        (set(), set()),
        ({"weather"}, None),
    ],
)
def test_choices_that_come_to_the_same_share_a_letter(chosen: set[str], expected: set[str] | None) -> None:
    wanted = None if expected is None else Variant(frozenset(expected), "en")
    assert variant_of(DRAFT, frozenset(chosen), "en") == wanted
