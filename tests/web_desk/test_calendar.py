"""The desk's calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from newsletter.app import App
from newsletter.web.app import create_web
from tests.web_desk.conftest import DeskClient, signed_in


def test_what_comes_is_told_by_week_with_holidays_and_issues(app: App, issue_id: int) -> None:
    today = app.clock.now().date()
    holiday = today + timedelta(days=2)
    (evening, *others) = app.settings.newsletters
    settings = replace(app.settings, newsletters=(replace(evening, holidays=((holiday, holiday),)), *others))
    changed = replace(app, settings=settings)
    desk: DeskClient = signed_in(changed, create_web(changed))
    desk.get("/desk/")
    assert "tonight" in desk.words
    desk.get("/desk/calendar")
    rows = {}
    for row in desk.soup.select(".calendar li"):
        day = row.select_one(".calendar-day")
        assert day
        rows[day.get_text()] = row.get_text(" ", strip=True)
    assert "· today" in next(day for day, words in rows.items() if "Draft" in words)
    assert sum("Holiday nothing is sent" in words for words in rows.values()) == 1
    assert sum("sent" in words for words in rows.values()) > 20
    assert desk.soup.select(f"a[href='/desk/issues/{issue_id}']")


def test_an_issue_built_for_a_holiday_stands_on_tonight(app: App, issue_id: int) -> None:
    today = app.clock.now().date()
    (evening, *others) = app.settings.newsletters
    settings = replace(app.settings, newsletters=(replace(evening, holidays=((today, today),)), *others))
    changed = replace(app, settings=settings)
    desk: DeskClient = signed_in(changed, create_web(changed))
    desk.get("/desk/")
    assert desk.soup.select(f"a[href='/desk/issues/{issue_id}']")
    assert "No issue yet" not in desk.words
