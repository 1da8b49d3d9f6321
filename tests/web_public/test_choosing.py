"""The preferences page."""

from __future__ import annotations

from subscribers.evidence import Evidence
from subscribers.leaving import unsubscribe
from subscribers.tokens import Purpose
from tests.web_public.conftest import EMAIL, Reader, address_of, soup, words


def test_everything_is_said_clearly(reader: Reader) -> None:
    page = reader.get(reader.link(Purpose.PREFERENCES, reader.subscribed()))
    assert "At the moment you get everything ." in words(page)
    assert EMAIL in words(page)
    assert len(soup(page).select('input[name="sections"]:not([checked])')) == 3


def test_a_choice_is_kept_and_shown(reader: Reader) -> None:
    number = reader.subscribed(name="Ada")
    link = reader.link(Purpose.PREFERENCES, number)
    page = reader.post(link, sections=["sport", "city", "made up"], name="Ada Nwosu", language="de")
    assert "Gespeichert. Es gilt ab der nächsten Ausgabe." in words(page), (
        "the page speaks the new language at once"
    )
    assert reader.subscription(number) == ("city,sport", "Ada Nwosu", "de")
    assert len(soup(page).select('input[name="sections"][checked]')) == 2
    assert soup(page).select_one('option[value="de"][selected]')
    event = reader.last_event()
    assert (event.event, event.source) == ("preferences_changed", "link")
    assert event.detail == {"sections": "city,sport", "name": "Ada Nwosu", "language": "de"}


def test_ticking_all_or_none_is_everything(reader: Reader) -> None:
    number = reader.subscribed(sections=("city",))
    link = reader.link(Purpose.PREFERENCES, number)
    reader.post(link, sections=["city", "culture", "sport"])
    assert reader.subscription(number)[0] == ""
    reader.post(link, sections=["city"])
    assert "At the moment you get everything ." in words(reader.post(link))


def test_an_unknown_language_is_not_taken(reader: Reader) -> None:
    number = reader.subscribed(language="en")
    reader.post(reader.link(Purpose.PREFERENCES, number), language="xx")
    assert reader.subscription(number)[2] == "en"


def test_the_languages_that_mails_come_in_are_offered(reader: Reader) -> None:
    page = reader.get(reader.link(Purpose.PREFERENCES, reader.subscribed()))
    offered = {str(option["value"]): option.get_text() for option in soup(page).select("#language option")}
    assert offered.items() >= {("", "As the newsletter has it"), ("de", "Deutsch"), ("en", "English")}


def test_saving_the_same_again_appends_nothing(reader: Reader) -> None:
    number = reader.subscribed()
    before = reader.last_event().id
    reader.post(reader.link(Purpose.PREFERENCES, number))
    assert reader.last_event().id == before


def test_the_page_leads_out(reader: Reader) -> None:
    number = reader.subscribed()
    page = reader.get(reader.link(Purpose.PREFERENCES, number))
    reader.post(address_of(page, "Leave The Evening Ledger"))
    assert reader.state(number) == "unsubscribed"


def test_who_left_finds_the_way_back_and_changes_nothing(reader: Reader) -> None:
    number = reader.subscribed()
    with reader.app.database.writing() as session:
        unsubscribe(session, number, Evidence("link"), reader.app.clock.now())
    link = reader.link(Purpose.PREFERENCES, number)
    assert "Undo, send it to me as before" in words(reader.get(link))
    page = reader.post(link, sections=["city"], name="Eve")
    assert (page.status_code, reader.subscription(number)) == (409, ("", "", ""))


def test_a_pending_reader_is_reminded(reader: Reader) -> None:
    page = reader.get(reader.link(Purpose.PREFERENCES, reader.pending()))
    assert "You have not confirmed yet." in words(page)


def test_the_choice_for_a_newsletter_that_is_no_longer_made_stays(reader: Reader) -> None:
    number = reader.subscribed(newsletter="morning", sections=("city",))
    assert reader.post(reader.link(Purpose.PREFERENCES, number), name="Ada").status_code == 200
    assert reader.subscription(number)[:2] == ("city", "Ada")


def test_links_to_nobody_or_for_something_else(reader: Reader) -> None:
    assert reader.get(reader.link(Purpose.PREFERENCES, 99)).status_code == 410
    assert (
        reader.post(reader.link(Purpose.UNSUBSCRIBE, reader.subscribed(), page="preferences")).status_code == 404
    )
