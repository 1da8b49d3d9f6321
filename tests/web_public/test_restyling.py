"""A newsroom's own looks and words: one style sheet, its pictures and fonts, any template, any sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.app import App
from newsletter.rendering.templates import Templates
from newsletter.web.app import create_web
from newsletter.web.catalogues import BadCatalogue
from tests.web_public.conftest import Reader, soup, words


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    (folder / "web/own").mkdir(parents=True)
    (folder / "web/languages").mkdir()
    return folder


def restyled(app: App, own: Path) -> Reader:
    app = replace(app, templates=Templates(own))
    return Reader(app, create_web(app).test_client(use_cookies=False))


def test_the_shipped_sheet_of_the_newsroom_says_nothing(reader: Reader) -> None:
    sheet = reader.get("/static/newsroom.css")
    assert sheet.mimetype == "text/css"
    assert sheet.text.strip().startswith("/*")
    assert sheet.text.strip().index("*/") == len(sheet.text.strip()) - 2


def test_the_newsrooms_sheet_comes_last_and_so_wins(app: App, own: Path) -> None:
    (own / "web/newsroom.css").write_text(":root { --accent: teal }", encoding="utf-8")
    reader = restyled(app, own)
    sheets = [str(link["href"]) for link in soup(reader.get("/")).find_all("link", rel="stylesheet")]
    assert reader.get(sheets[-1]).text == ":root { --accent: teal }"
    assert "--paper" in reader.get(sheets[0]).text


def test_the_sheet_may_point_to_pictures_and_fonts_of_the_newsroom(app: App, own: Path) -> None:
    (own / "web/own/logo.svg").write_text("<svg/>", encoding="utf-8")
    (own / "web/own/notes.txt").write_text("not for readers", encoding="utf-8")
    reader = restyled(app, own)
    logo = reader.get("/static/own/logo.svg")
    assert (logo.mimetype, logo.text) == ("image/svg+xml", "<svg/>")
    assert "default-src 'none'" in logo.headers["Content-Security-Policy"]
    others = ["notes.txt", "gone.svg", "..%2Fnewsroom.css", "%2e%2e%2ficon.svg", "..%5Cicon.svg"]
    assert {reader.get(f"/static/own/{name}").status_code for name in others} == {404}


def test_any_template_may_be_the_newsrooms_and_says_the_same_sentences(app: App, own: Path) -> None:
    page = '{% extends "web/base.html" %}{% block main %}<h1>Ours</h1>{{ _("Our newsletters") }}{% endblock %}'
    (own / "web/error.html").write_text(page, encoding="utf-8")
    shown = restyled(app, own).get("/nothing", headers={"Accept-Language": "de"})
    assert shown.status_code == 404
    assert "Ours Unsere Newsletter" in words(shown)


def test_a_newsroom_words_a_sentence_differently_and_keeps_the_others(app: App, own: Path) -> None:
    (own / "web/languages/de.po").write_text('msgid "Our newsletters"\nmsgstr "Unsere Briefe"\n', encoding="utf-8")
    page = words(restyled(app, own).get("/nothing?lang=de"))
    assert "Unsere Briefe" in page
    assert "Zum Inhalt springen" in page


def test_a_newsroom_adds_a_language(app: App, own: Path) -> None:
    (own / "web/languages/ar.po").write_text('msgid "Our newsletters"\nmsgstr "نشراتنا"\n', encoding="utf-8")
    page = restyled(app, own).get("/nothing", headers={"Accept-Language": "ar"})
    html = soup(page).html
    assert html is not None
    assert (html["lang"], html["dir"]) == ("ar", "rtl")
    assert "نشراتنا" in words(page)


def test_american_english_is_a_language_of_one_pattern(app: App, own: Path) -> None:
    pattern = 'msgctxt "pattern of a day"\nmsgid "EEEE, d MMMM"\nmsgstr "EEEE, MMMM d"\n'
    (own / "web/languages/en-us.po").write_text(pattern, encoding="utf-8")
    fridays = replace(app.settings.newsletters[0], days=frozenset({4}))
    app = replace(app, settings=replace(app.settings, newsletters=(fridays,)))
    page = restyled(app, own).get("/", headers={"Accept-Language": "en-US,en;q=0.9"})
    assert "comes on Friday, March 13, at 6:00 PM." in words(page)


@pytest.mark.parametrize(
    ("name", "text"),
    [("de", 'msgid "Welcome'), ("xx-yy-zz-unknown", ""), ("klingon", 'msgid "Welcome"\nmsgstr "Qapla"\n')],
)
def test_a_languages_file_that_cannot_be_read_is_named_at_the_start(
    app: App, own: Path, name: str, text: str
) -> None:
    (own / f"web/languages/{name}.po").write_text(text, encoding="utf-8")
    with pytest.raises(BadCatalogue, match=f"web/languages/{name}.po: "):
        restyled(app, own)
