"""What holds for every page: a GET changes nothing, a trial link changes nothing, headers, errors, health."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, abort
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.app import App, compose
from newsletter.rendering.templates import Templates
from newsletter.web.app import create_web
from subscribers.database import open_database
from subscribers.tokens import Purpose
from tests.web_public.conftest import EMAIL, Reader, dump, soup, words

_LINKS = (Purpose.CONFIRM, Purpose.UNSUBSCRIBE, Purpose.PREFERENCES)


def _pages(reader: Reader) -> list[str]:
    numbers = (reader.subscribed("a@reader.example"), reader.pending("b@reader.example"), 99)
    links = [reader.link(purpose, number) for purpose in _LINKS for number in numbers]
    fixed = [
        "/",
        "/subscribe/evening",
        "/subscribe/evening/embed",
        "/healthz",
        "/privacy",
        "/nothing",
        "/confirm/x",
        "/view/x",
    ]
    return [*links, *fixed, reader.link(Purpose.VIEW, 99), reader.link(Purpose.TRIAL, 1, page="view")]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_changes_nothing(reader: Reader, method: str) -> None:
    pages = _pages(reader)
    before = dump(reader.app.database)
    for path in pages:
        for query in ("", "?List-Unsubscribe=One-Click&email=c@reader.example"):
            reader.http.open(path + query, method=method, headers={"Purpose": "prefetch"})
    assert dump(reader.app.database) == before


@pytest.mark.parametrize("page", ["confirm", "unsubscribe", "preferences"])
def test_a_test_mails_links_show_the_pages_and_change_nothing(reader: Reader, page: str) -> None:
    reader.subscribed()
    link = reader.link(Purpose.TRIAL, 1, page=page)
    before = dump(reader.app.database)
    for answer in (reader.get(link), reader.post(link, name="Eve", sections="city", language="de")):
        assert answer.status_code == 200
        assert "This link comes from a test mail." in words(answer)
        assert EMAIL not in answer.text
    assert dump(reader.app.database) == before


def test_a_test_mails_one_click_says_what_it_is(reader: Reader) -> None:
    link = reader.link(Purpose.TRIAL, 1, page="unsubscribe")
    answer = reader.post(link, **{"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.text) == (200, "This is a test mail's link: nothing was changed.\n")


def test_every_answer_forbids_scripts_frames_and_sniffing(reader: Reader) -> None:
    for path in [*_pages(reader), "/static/style.css"]:
        answer = reader.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy.replace("script-src 'self'", "")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers


def test_pages_at_secret_addresses_are_kept_by_nobody(reader: Reader) -> None:
    for path in (reader.link(Purpose.UNSUBSCRIBE, reader.subscribed()), "/confirm/x"):
        for answer in (reader.get(path), reader.post(path)):
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert reader.get("/").headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_pages_have_no_script_within_and_nothing_from_elsewhere(reader: Reader) -> None:
    for path in _pages(reader):
        page = soup(reader.get(path))
        assert not page.select("script:not([src]), [onclick], [onsubmit], iframe, [style], style")
        fetched = [each.get("src") or each.get("href") for each in page.select("img, link, [src]")]
        assert all(str(url).startswith("/static/") for url in fetched)


def test_pages_are_whole_to_a_screen_reader(reader: Reader) -> None:
    for path in _pages(reader):
        answer = reader.get(path)
        if answer.mimetype != "text/html":
            continue
        page = soup(answer)
        assert page.html is not None
        assert page.html.get("lang") == "en"
        assert len(page.select("h1")) == 1
        assert page.select_one('a.skip[href="#main"]')
        for field in page.select(
            "input:not([type=hidden]):not([type=checkbox]):not([type=radio]), select, textarea"
        ):
            assert page.select_one(f'label[for="{field["id"]}"]')
        ids = [str(each["id"]) for each in page.select("[id]")]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("code", [400, 404, 405, 413, 418, 429, 500])
def test_errors_are_pages_of_the_site(web: Flask, code: int) -> None:
    web.add_url_rule("/wrong", view_func=lambda: abort(code))
    page = web.test_client().get("/wrong")
    assert page.status_code == code
    assert "The Harbour Ledger" in words(page)
    assert len(soup(page).select('[role="alert"]')) == 1


def test_a_mistake_of_ours_tells_nothing_of_itself(app: App) -> None:
    web = create_web(app)
    web.add_url_rule("/wrong", view_func=lambda: str(1 // 0))
    page = web.test_client().get("/wrong")
    assert page.status_code == 500
    assert "ZeroDivision" not in page.text
    assert "That is our mistake" in words(page)


def test_a_flood_of_a_form_is_refused(reader: Reader) -> None:
    page = reader.post("/subscribe/evening", email=EMAIL, name="x" * 70_000)
    assert page.status_code == 413
    assert reader.people() == []


def test_a_missing_slash_is_still_redirected(web: Flask) -> None:
    web.add_url_rule("/folder/", view_func=lambda: "here")
    assert web.test_client().get("/folder").status_code == 308


def test_health(reader: Reader, app: App, tmp_path: Path) -> None:
    answer = reader.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    lost = replace(app, database=open_database(f"sqlite:///{tmp_path}/no/such/folder/x.db"))
    answer = create_web(lost).test_client().get("/healthz")
    assert (answer.status_code, answer.mimetype) == (503, "application/json")


def test_the_style_sheet_is_revalidated(reader: Reader) -> None:
    first = reader.get("/static/style.css")
    assert (first.status_code, first.mimetype) == (200, "text/css")
    again = reader.get("/static/style.css", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert not re.search(r"https?:|@import|url\(", first.text)
    assert reader.get("/static/icon.svg").mimetype == "image/svg+xml"
    assert reader.get("/static/../base.html").status_code == 404


def test_a_newsroom_overrides_any_template(app: App, tmp_path: Path) -> None:
    (tmp_path / "web" / "public").mkdir(parents=True)
    (tmp_path / "web" / "style.css").write_text("body { color: navy }")
    (tmp_path / "web" / "public" / "goodbye.html").write_text("So long.")
    reader = Reader(app, create_web(replace(app, templates=Templates(tmp_path))).test_client())
    assert reader.get("/static/style.css").text == "body { color: navy }"
    assert reader.get(reader.link(Purpose.UNSUBSCRIBE, 99)).text == "So long."
    assert reader.get("/").status_code == 200


def test_pages_below_a_folder_of_another_site(app: App) -> None:
    site = replace(app.settings.site, base_url="https://ledger.example/letters")
    reader = Reader(app, create_web(replace(app, settings=replace(app.settings, site=site))).test_client())
    for path in ("/letters/subscribe/evening", "/subscribe/evening"):  # as it comes, and with the folder taken off
        page = soup(reader.get(path))
        assert page.select_one('form[action="/letters/subscribe/evening"]')
        assert page.select_one('link[href="/letters/static/style.css"]')
    assert reader.get("/letters/static/style.css").status_code == 200
    assert reader.get("/lettersubscribe/evening").status_code == 404


_FIELDS = "name sections page time_zone consent_version newsletters leave_empty keep instead language frequency x"
_ANYTHING = st.dictionaries(
    st.sampled_from(_FIELDS.split()),
    st.text(max_size=60),
)


@given(email=st.text(max_size=40) | st.just(EMAIL), fields=_ANYTHING)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_posted_has_an_answer(reader: Reader, email: str, fields: dict[str, str]) -> None:
    assert reader.post("/subscribe/evening", **fields | {"email": email}).status_code in {200, 422}


def test_the_session_key_is_not_the_secret_itself(app: App) -> None:
    first, second = create_web(app), create_web(app)
    assert first.secret_key == second.secret_key
    assert first.secret_key != app.settings.secret.encode()
    assert compose(app.settings).settings.secret not in repr(first.config)
