"""What stands in letters: nothing new unless the newsroom asks for it and the reader does not mind."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from newsletter.delivery.ledger.tables import LetterRow
from newsletter.delivery.lock import lock
from newsletter.rendering.templates import Templates
from newsletter.settings import TrackingSettings
from newsletter.tracking.tables import TrackedLink
from tests.delivery.conftest import House
from tests.tracking.conftest import BASE, Evening, count_here

FERRY = "The night ferry"


def letters(house: House) -> dict[str, bytes]:
    with house.database.reading() as session:
        rows = session.scalars(select(LetterRow).where(LetterRow.issue_id == house.issue_id))
        return {row.variant: row.body for row in rows}


def test_off_by_default_nothing_is_in_a_letter_that_was_not_before(plain: House) -> None:
    mails = Evening(plain).sent()
    assert list(letters(plain)) == ["en:all"]
    for mail in mails.values():
        assert mail.story(FERRY).startswith("https://ledger.example/")
        assert b"tracking" not in mail.raw
        assert not [link for link in mail.links if link.startswith((f"{BASE}/c/", f"{BASE}/o/"))]
    with plain.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(TrackedLink)) == 0


def test_who_wants_none_gets_to_the_byte_the_letter_of_a_newsroom_that_counts_nothing(
    evening_on_sqlite: Evening,
) -> None:
    for number in (1, 2, 3):
        evening_on_sqlite.wants_no_tracking(number)
    house = evening_on_sqlite.house
    among_those_who_count = as_frozen(house)
    assert as_frozen(count_here(house, TrackingSettings())) == among_those_who_count
    assert list(among_those_who_count) == ["en:all"]


def as_frozen(house: House) -> dict[str, bytes]:
    """Return the letters as the lock would freeze them now."""
    with house.database.writing() as session:
        arguments = {"settings": house.settings, "tokens": house.tokens, "templates": Templates()}
        lock(session, house.issue_id, house.clock.now(), actor="daemon", **arguments)  # type: ignore[arg-type]
        frozen = select(LetterRow).where(LetterRow.issue_id == house.issue_id)
        found = {row.variant: row.body for row in session.scalars(frozen)}
        session.rollback()
    return found


def test_only_who_does_not_mind_is_counted(counted: Evening) -> None:
    counted.wants_no_tracking(2)
    mails = counted.sent()
    assert sorted(letters(counted.house)) == ["en:all", "en:all:tracked"]
    assert not [link for link in mails[2].links if "/c/" in link]
    assert mails[1].story(FERRY).startswith(f"{BASE}/c/{counted.house.issue_id}/")
    assert counted.house.books() == {"accepted": 3}


def test_links_of_stories_are_counted_and_no_others(counted: Evening) -> None:
    mail = counted.sent()[1]
    plain = [link for link in mail.links if not link.startswith(f"{BASE}/c/")]
    assert {link.split("/")[3] for link in plain if link.startswith(BASE)} == {
        "view",
        "preferences",
        "unsubscribe",
    }
    assert [link for link in plain if not link.startswith(BASE)] == ["https://ledger.example"]
    assert mail.part("html").count(f"{BASE}/o/") == 1


def test_the_text_part_keeps_the_stories_own_addresses(counted: Evening) -> None:
    text = counted.sent()[1].part("plain")
    assert "https://ledger.example/" in text
    assert f"{BASE}/c/" not in text
    assert f"{BASE}/o/" not in text


def test_the_same_address_has_one_number_in_all_letters(counted: Evening) -> None:
    counted.house.reader(4, sections="culture")
    counted.house.reader(5, language="de")
    mails = counted.sent()
    numbers = {mails[reader].story("opera").split("/")[5] for reader in (1, 4, 5)}
    assert len(letters(counted.house)) == 3
    assert len(numbers) == 1


@pytest.mark.parametrize(("opens", "clicks"), [(True, False), (False, True)])
def test_one_can_be_had_without_the_other(plain: House, opens: bool, clicks: bool) -> None:
    mail = Evening(count_here(plain, TrackingSettings(opens=opens, clicks=clicks))).sent()[1]
    assert (f"{BASE}/o/" in mail.part("html")) is opens
    assert (f"{BASE}/c/" in mail.part("html")) is clicks


def test_the_hidden_link_is_seen_and_heard_by_nobody(counted: Evening) -> None:
    html = counted.sent()[1].part("html")
    start = html.rindex("<a ")
    link = html[start : html.index("</a>", start)]
    assert f"/c/{counted.house.issue_id}/0/" in link
    assert 'aria-hidden="true" tabindex="-1" style="display:none' in link
    assert link.endswith(">")


def test_a_letter_sent_twice_is_the_same_bytes_and_no_two_readers_have_the_same_links(counted: Evening) -> None:
    mails = counted.sent()
    assert mails[1].links != mails[2].links
    marks = {link.rsplit("/", 1)[1] for link in mails[1].links if "/c/" in link}
    assert len(marks) == 1, "one value for all links of a letter"
