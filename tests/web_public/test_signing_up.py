"""Signing up through the hosted pages and the embedded form."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

import pytest

from newsletter.app import App
from newsletter.web.app import create_web
from subscribers.models import SuppressionReason
from subscribers.suppression import suppress
from tests.web_public.conftest import EMAIL, Reader, address_of, soup, words


def test_the_hosted_page_shows_what_is_offered_and_agreed_to(reader: Reader) -> None:
    page = reader.get("/subscribe/evening")
    assert page.status_code == 200
    assert "The Evening Ledger" in words(page)
    assert "The next issue comes today at 18:00." in words(page)
    assert "Send me the evening newsletter. I can leave at any time." in words(page)
    boxes = soup(page).select('input[name="sections"]')
    assert [box["value"] for box in boxes] == ["city", "culture", "sport"]


def test_signing_up_owes_a_mail_and_says_so(reader: Reader) -> None:
    page = reader.post("/subscribe/evening", email=" Ada@reader.example ", name="Ada", sections=["city", "sport"])
    assert (page.status_code, reader.owed()) == (200, ["confirmation"])
    assert "Look into your mailbox" in words(page)
    assert reader.subscription(1) == ("city,sport", "Ada", "")
    assert reader.state(1) == "pending"


def test_every_section_ticked_is_all_of_them(reader: Reader) -> None:
    reader.post("/subscribe/evening", email=EMAIL, sections=["sport", "city", "culture", "made up"])
    assert reader.subscription(1)[0] == ""


def test_the_evidence_is_complete(reader: Reader) -> None:
    fields = {"email": EMAIL, "page": "https://ledger.example/tide?x=1&y=2", "consent_version": "2026-01"}
    reader.http.post("/subscribe/evening", data=fields, environ_base={"REMOTE_ADDR": "192.0.2.9"})
    event = reader.last_event()
    assert (event.event, event.source, event.at) == ("signed_up", "form", reader.app.clock.now())
    assert (event.source_page, event.network_address) == ("https://ledger.example/tide?x=1&y=2", "192.0.2.9")
    assert (event.consent_text, event.consent_version) == (reader.app.settings.signup.consent_text, "2026-01")


def test_a_form_copied_long_ago_proves_its_own_version_only(reader: Reader) -> None:
    reader.post("/subscribe/evening", email=EMAIL, consent_version="2024-03")
    assert (reader.last_event().consent_text, reader.last_event().consent_version) == ("", "2024-03")


def test_consent_is_given_to_words_in_the_language_of_the_page(app: App) -> None:
    german = "Schickt mir den Abendbrief. Ich kann jederzeit gehen."
    signup = replace(app.settings.signup, consent_texts={"de": german})
    app = replace(app, settings=replace(app.settings, signup=signup))
    reader = Reader(app, create_web(app).test_client(use_cookies=False))
    assert german in words(reader.get("/subscribe/evening?lang=de"))
    assert german not in words(reader.get("/subscribe/evening?lang=fr"))
    assert '<small lang="de">' + german in unescape(reader.get("/subscribe/evening/embed?lang=de").text)
    reader.post("/subscribe/evening", email=EMAIL, consent_version="2026-01/de")
    assert (reader.last_event().consent_text, reader.last_event().consent_version) == (german, "2026-01/de")
    reader.post("/subscribe/evening?lang=de", email="ben@reader.example")
    assert reader.last_event().consent_version == "2026-01/de"


def test_without_a_page_field_the_referer_is_the_page(reader: Reader) -> None:
    reader.http.post("/subscribe/evening", data={"email": EMAIL}, headers={"Referer": "https://ledger.example/"})
    assert reader.last_event().source_page == "https://ledger.example/"


@pytest.mark.parametrize(
    "page",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "/tide", "https://", "https://a\nb.example/",
     "https://user:pw@evil.example/", 'https://ledger.example/"><script>', "https://x.example/" + "a" * 2000,
     "http://[::1", " "],
)  # fmt: skip
def test_a_page_that_is_no_web_page_is_neither_kept_nor_linked(reader: Reader, page: str) -> None:
    answer = reader.post("/subscribe/evening", email=EMAIL, page=page)
    assert reader.last_event().source_page == ""
    assert "Back to what you were reading" not in answer.text
    assert "(ledger.example)" not in answer.text
    assert "script" not in answer.text


def test_the_embedded_forms_answer_leads_back_to_the_article(reader: Reader) -> None:
    answer = reader.post("/subscribe/evening", email=EMAIL, page="https://ledger.example/tide?a=1&b=2")
    assert address_of(answer, "Back to what you were reading") == "https://ledger.example/tide?a=1&b=2"
    assert "(ledger.example)" in words(answer)


@pytest.mark.parametrize("typed", ["", "ada", "ada@reader", "ada@reader..example", '"><script>alert(1)</script>'])
def test_a_wrong_address_is_shown_again_with_the_reason_beside_it(reader: Reader, typed: str) -> None:
    page = reader.post("/subscribe/evening", email=typed, name="Ada", sections="city")
    assert (page.status_code, reader.people()) == (422, [])
    field = soup(page).select_one("#email")
    assert field is not None
    assert (field["value"], field["aria-invalid"], field["aria-describedby"]) == (typed, "true", "email-error")
    assert soup(page).select_one('#email-error[role="alert"]')
    assert soup(page).select_one('input[name="name"][value="Ada"]')
    assert soup(page).select_one('input[value="city"][checked]')
    assert "<script>" not in page.text


def test_the_answer_is_the_same_for_every_address(reader: Reader) -> None:
    answers = set()
    reader.subscribed("known@reader.example")
    reader.pending("waits@reader.example")
    with reader.app.database.writing() as session:
        for reason in SuppressionReason:
            suppress(session, reader.app.tokens, f"{reason}@reader.example", reason, reader.app.clock.now())
    for who in ("new", "known", "waits", "known", "known", "known", "known", *SuppressionReason):
        page = reader.post("/subscribe/evening", email=f"{who}@reader.example")
        answers.add((page.status_code, page.text.replace(f"{who}@", "X@"), str(page.headers.get("Set-Cookie"))))
    assert len({(status, cookie) for status, _, cookie in answers}) == 1
    assert len({text for _, text, _ in answers}) == 1


def test_a_robot_gets_the_same_answer_and_leaves_no_trace(reader: Reader) -> None:
    honest = reader.post("/subscribe/evening", email=EMAIL)
    robot = reader.post("/subscribe/evening", email="bot@reader.example", leave_empty="http://spam.example")
    assert robot.text == honest.text.replace(EMAIL, "bot@reader.example")
    assert robot.status_code == honest.status_code
    assert reader.people() == [EMAIL]


def test_the_honeypot_is_apart_from_people(reader: Reader) -> None:
    for path in ("/subscribe/evening", "/subscribe/evening/embed"):
        page = soup(reader.get(path))
        form = soup(reader.get(path)) if path.endswith("evening") else None
        snippet = page.select_one("textarea")
        inside = form or type(page)(snippet.get_text() if snippet else "", "html.parser")
        trap = inside.select_one('input[name="leave_empty"]')
        assert trap is not None
        assert (trap["tabindex"], trap["autocomplete"]) == ("-1", "off")
        assert trap.find_parent(attrs={"aria-hidden": "true"})


def test_the_form_to_copy_works_as_it_stands(reader: Reader) -> None:
    snippet = soup(reader.get("/subscribe/evening/embed")).select_one("textarea")
    assert snippet is not None
    form = type(soup(reader.get("/")))(snippet.get_text(), "html.parser").select_one("form")
    assert form is not None
    assert form["action"] == "https://news.ledger.example/subscribe/evening"
    assert form.select_one('label input[type="email"][name="email"][required]')
    assert not form.select("script")
    fields = {str(field["name"]): str(field.get("value", "")) for field in form.select("input")}
    assert reader.post("/subscribe/evening", **fields | {"email": EMAIL}).status_code == 200
    assert reader.people() == [EMAIL]
    assert reader.last_event().consent_text == reader.app.settings.signup.consent_text


def test_a_time_zone_is_kept_when_there_is_one(reader: Reader) -> None:
    for email, zone in (("a@reader.example", "America/Lima"), ("b@reader.example", "../../etc/passwd")):
        reader.post("/subscribe/evening", email=email, time_zone=zone)
    with reader.app.database.reading() as session:
        rows = session.connection().exec_driver_sql("SELECT time_zone FROM subscribers ORDER BY id").all()
    assert [zone for (zone,) in rows] == ["America/Lima", ""]


def test_one_newsletter_is_offered_on_the_first_page_too(reader: Reader) -> None:
    assert soup(reader.get("/")).select_one('form[action="/subscribe/evening"]')
    assert reader.post("/", email=EMAIL).status_code == 200
    assert reader.people() == [EMAIL]


def test_several_newsletters_by_one_form_and_one_mail(both: Reader) -> None:
    page = both.get("/")
    assert [box["value"] for box in soup(page).select('input[name="newsletters"]')] == ["evening", "weekend"]
    assert "Next: on Saturday, 14 March, at 18:00" in words(page)
    answer = both.post("/", email=EMAIL, newsletters=["evening", "weekend"])
    assert "about The Evening Ledger and The Weekend Ledger." in words(answer)
    assert both.owed() == ["confirmation"]
    assert [both.state(number) for number in (1, 2)] == ["pending", "pending"]


def test_no_newsletter_chosen(both: Reader) -> None:
    page = both.post("/", email=EMAIL, newsletters="made up")
    assert (page.status_code, both.people()) == (422, [])
    assert "Please choose at least one newsletter." in words(page)
    assert soup(page).select_one(f'input[name="email"][value="{EMAIL}"]')


def test_an_unknown_newsletter_has_no_page(reader: Reader) -> None:
    assert [reader.get(path).status_code for path in ("/subscribe/none", "/subscribe/none/embed")] == [404, 404]
    assert reader.post("/subscribe/none", email=EMAIL).status_code == 404
