"""Shaping without scripts: every deed is a form, and each answer leads back to where its effect is seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import Tag
from flask import Flask

from newsletter.app import App
from newsletter.articles.tables import ArticleRow
from newsletter.domain.issue import IssueDraft
from newsletter.editors.roles import Role
from newsletter.issues import store
from newsletter.issues.tables import IssueRow
from newsletter.settings import CollectSettings
from newsletter.web.app import create_web
from tests.articles.server import serving
from tests.web_desk.conftest import DeskClient, signed_in
from tests.web_desk.routes import browser_of


@pytest.fixture
def page(desk: DeskClient, issue_id: int) -> DeskClient:
    desk.get(f"/desk/issues/{issue_id}")
    return desk


def draft(app: App, issue_id: int) -> IssueDraft:
    with app.database.reading() as rows:
        return store.draft(rows, app.settings, rows.get_one(IssueRow, issue_id))


def order(app: App, issue_id: int) -> list[str]:
    return [story.title.split()[2] for story in draft(app, issue_id).stories]


def press(page: DeskClient, button_id: str, **fields: str) -> DeskClient:
    """Press the button of that id with all that its form carries, as a browser without scripts does."""
    button = page.soup.find(id=button_id)
    assert isinstance(button, Tag), button_id
    form = button.find_parent("form")
    assert isinstance(form, Tag)
    carried = {
        str(field["name"]): str(field.get("value", "")) for field in form.select("input[name], select[name]")
    }
    own = {str(button["name"]): str(button["value"])} if button.get("name") else {}
    page.post(str(form["action"]), **carried | own | fields)
    return page


def write(page: DeskClient, field: str, value: str) -> DeskClient:
    area = page.soup.find(id=f"text-{field.replace('/', '-')}")
    assert isinstance(area, Tag)
    form = area.find_parent("form")
    assert isinstance(form, Tag)
    carried = {str(each["name"]): str(each.get("value", "")) for each in form.select("input[name]")}
    page.post(str(form["action"]), **carried | {"value": value})
    return page


def test_moving_leading_dropping_and_back(app: App, page: DeskClient, issue_id: int) -> None:
    assert order(app, issue_id) == ["0", "3", "1", "4", "2"]
    press(page, "up-5").follow()
    assert order(app, issue_id) == ["0", "3", "4", "1", "2"]
    press(page, "move-2", lane="section:sport").follow()
    assert order(app, issue_id) == ["0", "3", "4", "2", "1"]
    press(page, "lead-3").follow()
    assert order(app, issue_id) == ["2", "0", "3", "4", "1"]
    press(page, "section-up-culture").follow()
    assert order(app, issue_id) == ["2", "4", "0", "3", "1"]
    press(page, "drop-4").follow()
    assert order(app, issue_id) == ["2", "4", "0", "1"]
    assert "Story number 3 of the day" in page.soup.select_one(".left-out").get_text()  # type: ignore[union-attr]
    press(page, "back-4").follow()
    press(page, "undo").follow()
    assert "Taken back: brought a story back." in page.words
    press(page, "redo").follow()
    assert order(app, issue_id) == ["2", "4", "0", "3", "1"]


def test_words_are_saved_and_taken_back(app: App, page: DeskClient, issue_id: int) -> None:
    write(page, "subject", "What the storm  left").follow()
    write(page, "note", "Good **evening**.\n\nThe ferry is back.").follow()
    assert (draft(app, issue_id).subject, draft(app, issue_id).note) == (
        "What the storm left",
        "Good **evening**.\n\nThe ferry is back.",
    )
    assert page.soup.select_one("h1").get_text() == "What the storm left"  # type: ignore[union-attr]
    page.get("/desk/")
    assert "What the storm left" in page.words
    page.get(f"/desk/issues/{issue_id}")
    offered = [button["value"] for button in page.soup.select(".offered button")]
    assert "Story number 0 of the day" in offered
    write(page, "subject", "").follow()
    assert draft(app, issue_id).subject == "Story number 0 of the day – and 4 more"
    write(page, "subject", "x" * 251).follow()
    assert "The subject has 251 characters; 250 is the most. Nothing was saved." in page.words


def test_a_story_has_its_own_words_and_picture_in_the_mail(app: App, page: DeskClient, issue_id: int) -> None:
    story = f"/desk/issues/{issue_id}/stories/1"
    page.get(story)
    write(page, "headline/1", "The quay gives way").follow()
    write(page, "standfirst/1", "Nobody was hurt.").follow()
    page.press("Save the picture", picture="https://ledger.example/new.jpg", deed="save", alt="")
    page.follow()
    assert "The picture needs a description (alt)" in page.words
    page.press("Save the picture", picture="https://ledger.example/new.jpg", deed="save", alt="The quay")
    page.follow()
    lead = draft(app, issue_id).lead
    assert (lead.title, lead.standfirst) == ("The quay gives way", "Nobody was hurt.")
    assert lead.image is not None
    assert lead.image.url == "https://ledger.example/new.jpg"
    with app.database.reading() as rows:
        assert rows.get_one(ArticleRow, 1).title == "Story number 0 of the day"
    page.get(story)
    page.press("As the article has it", deed="as the article")
    page.follow()
    assert draft(app, issue_id).lead.image != lead.image


def test_a_pin_and_a_sponsor(app: App, page: DeskClient, issue_id: int) -> None:
    press(page, "pin-2").follow()
    assert "Say until when the story is pinned: a date and a time." in page.words
    press(page, "pin-2", until="2026-03-12T19:00").follow()
    assert "pinned until Thu 12 Mar, 19:00 CET" in page.words
    booked = {"label": "Advertisement", "text": "Rope and tar", "start": "2026-03-10", "end": "2026-03-09"}
    page.press("Book the block", **booked)
    page.follow()
    assert "The last day 2026-03-09 is before the first, 2026-03-10." in page.words
    page.press("Book the block", **booked | {"end": "2026-03-11"})
    page.follow()
    assert [sponsor.text for sponsor in draft(app, issue_id).sponsors] == ["Rope and tar"]
    page.press("Take it away", deed="remove")
    page.follow()
    assert draft(app, issue_id).sponsors == ()


def test_a_story_is_added_by_its_address_or_from_recent_ones(app: App, issue_id: int) -> None:
    collect = CollectSettings(allow_hosts=frozenset({"127.0.0.1"}))
    app = replace(app, settings=replace(app.settings, collect=collect))
    page = signed_in(app, create_web(app))
    page.get(f"/desk/issues/{issue_id}")
    with serving() as site:
        url = site.html("/lamp", '<title>x</title><meta property="og:title" content="Story number 7 of the lamp">')
        press(page, "add-by-url", url=url).follow()
        assert order(app, issue_id)[-1] == "7"
        press(page, "add-by-url", url=site.base + "/nowhere").follow()
        assert page.soup.select_one(".flash.wrong") is not None
        press(page, "add-by-url", url=url).follow()
        assert "The story is there already." in page.words
    press(page, "drop-6").follow()
    press(page, "add-recent", article="6").follow()
    assert order(app, issue_id)[-1] == "7"
    with app.database.writing() as rows:
        now = app.clock.now() + timedelta(minutes=5)
        evening = app.settings.newsletters[0]
        store.build(rows, app.settings, evening, now.date(), now, actor="daemon", rebuild=True)
    assert "7" in order(app, issue_id)


def test_every_edit_is_told_and_can_be_taken_back(app: App, page: DeskClient, issue_id: int) -> None:
    write(page, "subject", "What the storm left").follow()
    write(page, "subject", "What the storm took").follow()
    page.get(f"/desk/issues/{issue_id}/edits")
    assert "Ines Brandt changed the subject" in page.words
    assert [each.get_text() for each in page.soup.select("#edit-2 del, #edit-2 ins")] == ["left", "took"]
    press_back = page.soup.select_one("#edit-2 button")
    assert press_back is not None
    assert page.soup.select_one("#edit-1 button") is None
    page.press("Take this back")
    page.follow()
    assert draft(app, issue_id).subject == "What the storm left"


def test_two_versions_are_both_shown_and_one_is_chosen(
    app: App, web: Flask, page: DeskClient, issue_id: int
) -> None:
    other = browser_of(app, web, Role.EDITOR)
    other.get(f"/desk/issues/{issue_id}")
    write(other, "subject", "Hers").follow()
    write(page, "subject", "His")
    assert page.page is not None
    assert page.page.status_code == 409
    assert [each.get_text() for each in page.soup.select(".versions dd")] == ["Hers", "His"]
    assert draft(app, issue_id).subject == "Hers"
    press(page, "mine").follow()
    assert draft(app, issue_id).subject == "His"
    press(other, "lead-3").follow()
    press(page, "drop-3")
    assert "Lead by Editor" in page.words
    assert order(app, issue_id)[0] == "2"


def test_after_the_lock_nothing_is_offered_and_nothing_taken(app: App, page: DeskClient, issue_id: int) -> None:
    with app.database.writing() as rows:
        app.lock(rows, issue_id, actor="daemon")
    press(page, "up-5").follow()
    assert "is sending: what it says is frozen and can no longer be changed." in page.words
    assert page.soup.find(id="up-5") is None
    assert page.soup.find(id="text-subject") is None
    assert page.get(f"/desk/issues/{issue_id}/stories/1").status_code == 404
