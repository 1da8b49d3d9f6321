"""Leaving by the page and by one click."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newsletter.clock import SetClock
from subscribers.tokens import Purpose
from tests.web_public.conftest import EMAIL, Reader, soup, words

_YEARS = timedelta(days=3650)


def test_the_page_asks_and_the_button_acts(reader: Reader) -> None:
    number = reader.subscribed()
    link = reader.link(Purpose.UNSUBSCRIBE, number, age=_YEARS)
    page = reader.get(link)
    assert (page.status_code, reader.state(number)) == (200, "active")
    assert f"No more issues will be sent to {EMAIL} ." in words(page)
    assert "You have left The Evening Ledger" in words(reader.post(link))
    assert reader.state(number) == "unsubscribed"
    assert (reader.last_event().event, reader.last_event().source) == ("unsubscribed", "link")


def test_later_the_goodbye_leads_back_by_double_opt_in(reader: Reader, clock: SetClock) -> None:
    number = reader.subscribed(sections=("city",))
    reader.post(reader.link(Purpose.UNSUBSCRIBE, number))
    clock.sleep(timedelta(days=2).total_seconds())
    page = reader.get(reader.link(Purpose.UNSUBSCRIBE, number))
    form = soup(page).select_one('form[action="/subscribe/evening"]')
    assert form is not None
    fields = {str(field["name"]): str(field["value"]) for field in form.select("input")}
    assert "Look into your mailbox" in words(reader.post(str(form["action"]), **fields))
    assert (reader.state(number), reader.subscription(number)[0]) == ("pending", "city")


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_click_as_a_mail_program_does_it(reader: Reader, content_type: str) -> None:
    number = reader.subscribed()
    link = reader.link(Purpose.UNSUBSCRIBE, number, age=_YEARS)
    for _ in range(3):
        answer = reader.http.post(link, data={"List-Unsubscribe": "One-Click"}, content_type=content_type)
        assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/plain", "Unsubscribed.\n")
        assert "Location" not in answer.headers
        assert "Set-Cookie" not in answer.headers
    assert reader.state(number) == "unsubscribed"
    assert (reader.last_event().event, reader.last_event().source) == ("unsubscribed", "one_click")


def test_one_click_byte_for_byte(reader: Reader) -> None:
    number = reader.subscribed()  # the body is that of RFC 8058, section 8.3
    body = b'--xyz\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--xyz--\r\n'
    kind = "multipart/form-data; boundary=xyz"
    answer = reader.http.post(reader.link(Purpose.UNSUBSCRIBE, number), data=body, content_type=kind)
    assert (answer.text, reader.state(number)) == ("Unsubscribed.\n", "unsubscribed")


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"", ""), (b"", "application/x-www-form-urlencoded"), (b"{}", "application/json"),
     (b"--broken", "multipart/form-data"), (b"--a\r\n\xff", "multipart/form-data; boundary=a"),
     (b"\xff=%", "text/plain")],
)  # fmt: skip
def test_any_post_leaves_whatever_its_body(reader: Reader, body: bytes, kind: str) -> None:
    number = reader.subscribed()
    answer = reader.http.post(reader.link(Purpose.UNSUBSCRIBE, number), data=body, content_type=kind)
    assert (answer.status_code, reader.state(number)) == (200, "unsubscribed")


def test_a_body_that_is_far_too_large_is_not_read_and_leaves_all_the_same(reader: Reader) -> None:
    number = reader.subscribed()
    answer = reader.http.post(reader.link(Purpose.UNSUBSCRIBE, number), data={"words": "x" * 100_000})
    assert (answer.status_code, reader.state(number)) == (200, "unsubscribed")


def test_leaving_twice_appends_once(reader: Reader) -> None:
    link = reader.link(Purpose.UNSUBSCRIBE, reader.subscribed())
    reader.post(link)
    first = reader.last_event().id
    assert reader.post(link).status_code == 200
    assert reader.last_event().id == first
    assert "You have left" in words(reader.get(link))


def test_a_deleted_subscription_is_as_good_as_left(reader: Reader) -> None:
    link = reader.link(Purpose.UNSUBSCRIBE, 99)
    assert "You are not on the list" in words(reader.get(link))
    assert reader.post(link).status_code == 200
    assert reader.http.post(link, data={"List-Unsubscribe": "One-Click"}).text == "Unsubscribed.\n"


@pytest.mark.parametrize("more", ["", "/all", "/why"])
def test_links_of_nobody_and_of_the_forgotten_say_so(reader: Reader, more: str) -> None:
    number = reader.subscribed()
    reader.post(f"{reader.link(Purpose.PREFERENCES, number)}/erase")
    for row in (number, 99):
        page = reader.post(f"{reader.link(Purpose.UNSUBSCRIBE, row)}{more}", why="too_many")
        assert (page.status_code, "You are not on the list" in words(page)) == (200, True)


def test_leaving_a_newsletter_that_is_no_longer_made(reader: Reader) -> None:
    number = reader.subscribed(newsletter="morning")
    link = reader.link(Purpose.UNSUBSCRIBE, number)
    assert "Leave morning?" in words(reader.get(link))
    assert reader.post(link).status_code == 200
    assert reader.state(number) == "unsubscribed"


def test_other_methods_are_refused(reader: Reader) -> None:
    link = reader.link(Purpose.UNSUBSCRIBE, reader.subscribed())
    for method in ("PUT", "DELETE", "PATCH"):
        page = reader.http.open(link, method=method)
        assert page.status_code == 405
        assert "POST" in page.headers["Allow"]


def test_a_broken_link_says_how_to_mend_it(reader: Reader) -> None:
    page = reader.post("/unsubscribe/" + "A" * 38)
    assert page.status_code == 404
    assert "open the link from the mail itself" in words(page)
