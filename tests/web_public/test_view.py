"""An issue in the browser."""

from __future__ import annotations

import datetime as dt

import pytest

from newsletter.app import App
from newsletter.delivery.ledger.tables import LetterRow
from newsletter.domain.article import Article
from newsletter.domain.issue import IssueDraft, SectionOfIssue, Variant
from newsletter.domain.letter import Letter
from newsletter.issues.states import IssueState
from newsletter.issues.tables import IssueRow
from newsletter.rendering.issue import issue_letter
from newsletter.settings import NewsletterSettings
from subscribers.tokens import Purpose
from tests.web_public.conftest import Reader, soup, words

_NOW = dt.datetime(2026, 3, 10, 17, 0, tzinfo=dt.UTC)


def _story(title: str) -> Article:
    return Article(
        "ledger", title, f"https://ledger.example/{len(title)}", title, _NOW, "city", standfirst="Wet & windy"
    )


def _letter(app: App, newsletter: NewsletterSettings, variant: Variant) -> Letter:
    city = SectionOfIssue("city", "City", (_story("A ferry called “Kittiwake”"),))
    draft = IssueDraft(
        "evening", _NOW.date(), "Dues rise", "", _story("Dues rise <again>"), (city,), (), (), _NOW, _NOW
    )
    return issue_letter(
        draft,
        newsletter,
        app.settings.site,
        app.templates,
        variant=variant,
        issue_key=f"evening:{variant.key}",
        date=_NOW,
        view_token="x" * 38,
    )


def _freeze(app: App, variant: Variant) -> int:
    letter = _letter(app, app.settings.newsletters[0], variant)
    moments = dict.fromkeys(("window_start", "window_end", "send_at", "created_at"), _NOW)
    with app.database.writing() as session:
        issue = IssueRow(newsletter="evening", date=_NOW.date(), state=IssueState.SENT, **moments)
        session.add(issue)
        session.flush()
        row = LetterRow(issue_id=issue.id, variant=variant.key, body=letter.to_bytes(), frozen_at=_NOW)
        session.add(row)
        session.flush()
        return row.id


def test_the_frozen_issue_without_a_reader(reader: Reader) -> None:
    page = reader.get(reader.link(Purpose.VIEW, _freeze(reader.app, Variant(language="en"))))
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "Dues rise <again>" in words(page)
    assert "A ferry called “Kittiwake”" in words(page)
    assert "Good evening." in words(page)
    assert "This is an issue of The Evening Ledger, the newsletter of The Harbour Ledger." in words(page)
    assert "anyone0" not in page.text


def test_its_personal_links_lead_to_the_sign_up(reader: Reader) -> None:
    page = reader.get(reader.link(Purpose.VIEW, _freeze(reader.app, Variant())))
    ours = [str(link["href"]) for link in soup(page).select("a[href]") if "news.ledger" in str(link["href"])]
    assert set(ours) == {"https://news.ledger.example/", "https://news.ledger.example/view/" + "x" * 38}


def test_it_may_style_itself_and_run_nothing(reader: Reader) -> None:
    page = reader.get(reader.link(Purpose.VIEW, _freeze(reader.app, Variant())))
    policy = page.headers["Content-Security-Policy"]
    assert "style-src 'unsafe-inline'" in policy
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_it_speaks_its_variants_language(reader: Reader) -> None:
    page = reader.get(reader.link(Purpose.VIEW, _freeze(reader.app, Variant(language="de"))))
    html = soup(page).html
    assert html is not None
    assert html["lang"] == "de"
    assert "This is an issue" not in words(page)


def test_an_issue_that_is_gone(reader: Reader) -> None:
    page = reader.get(reader.link(Purpose.VIEW, 99))
    assert page.status_code == 410
    assert "This issue is no longer kept" in words(page)


def test_a_test_mail_has_nothing_to_view(reader: Reader) -> None:
    page = reader.get(reader.link(Purpose.TRIAL, 99, page="view"))
    assert page.status_code == 200
    assert "This link comes from a test mail." in words(page)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_it_is_only_looked_at(reader: Reader, method: str) -> None:
    assert reader.http.open(reader.link(Purpose.VIEW, 1), method=method).status_code == 405
