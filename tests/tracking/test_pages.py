"""Links and pictures at our pages: where they lead, and what is counted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from newsletter.settings import TrackingSettings
from newsletter.tracking.figures import Tally
from subscribers.tokens import Purpose
from tests.delivery.conftest import House
from tests.tracking.conftest import BASE, BROWSER, Evening, count_here, path
from tests.web_public.conftest import words

FERRY = "The night ferry"
STORY = "https://ledger.example/city/night-ferry?from=feed&edition=2"


def test_a_click_leads_to_the_story_and_counts(counted: Evening) -> None:
    link = path(counted.sent()[1].story(FERRY))
    answer = counted.get(link)
    assert (answer.status_code, answer.headers["Location"]) == (302, STORY)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert counted.hits() == [(1, "click", 1, "")]


def test_an_opening_is_answered_with_a_picture_that_nobody_keeps(counted: Evening) -> None:
    answer = counted.get(counted.sent()[1].picture)
    assert (answer.status_code, answer.mimetype, answer.data[:6]) == (200, "image/gif", b"GIF89a")
    assert answer.headers["Cache-Control"] == "no-store"
    assert counted.hits() == [(1, "open", 0, "")]


def test_head_counts_nothing(counted: Evening) -> None:
    mail = counted.sent()[1]
    assert counted.http.head(path(mail.story(FERRY))).status_code == 302
    assert counted.http.head(mail.picture).status_code == 200
    assert counted.hits() == []


def test_the_hidden_link_turns_earlier_clicks_into_a_scanners(counted: Evening) -> None:
    mails = counted.sent()
    counted.get(path(mails[1].story(FERRY)))
    counted.get(path(mails[2].story(FERRY)))
    counted.house.later(seconds=30)
    answer = counted.get(mails[1].hidden)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://ledger.example")
    assert counted.hits() == [(1, "click", 1, "hidden"), (2, "click", 1, ""), (1, "hidden", 0, "hidden")]


def test_a_scanner_that_follows_everything_in_the_same_moment_is_seen_through(counted: Evening) -> None:
    links = {path(link) for link in counted.sent()[1].links if "/c/" in link and "/0/" not in link}
    together = Barrier(len(links))

    def follow(link: str) -> int:
        client = counted.http.application.test_client(use_cookies=False)
        together.wait()
        return client.get(link, headers={"User-Agent": BROWSER}).status_code

    with ThreadPoolExecutor(len(links)) as pool:
        assert set(pool.map(follow, links)) == {302}
    assert [reason for *_, reason in counted.hits()] == ["many"] * len(links)


def test_what_comes_within_seconds_is_a_machines(counted: Evening) -> None:
    link = path(counted.sent()[1].story(FERRY))
    counted.house.clock.moment -= timedelta(seconds=55)
    counted.get(link)
    counted.house.later(hours=1)
    counted.get(link)
    assert [reason for *_, reason in counted.hits()] == ["at_once", ""]


def test_persons_and_machines_are_told_apart_in_the_figures(counted: Evening) -> None:
    mails = counted.sent()
    for number in (1, 1, 2):
        counted.get(path(mails[number].story(FERRY)))
        counted.house.later(minutes=5)
    counted.get(path(mails[1].story("opera")))
    counted.get(path(mails[3].story(FERRY)), agent="Barracuda Sentinel (EE)")
    counted.get(mails[3].picture, agent="Mozilla/5.0")
    told = counted.figures()
    assert (told.clicks.persons, told.clicks.machines) == (Tally(4, 2), Tally(1, 1))
    assert (told.opens.persons, told.opens.machines) == (Tally(0, 0), Tally(1, 1))
    assert told.links[0].title.startswith(FERRY)
    assert (told.links[0].clicks.persons, told.links[0].clicks.machines) == (Tally(3, 2), Tally(1, 1))


def test_who_switches_it_off_is_counted_no_more_even_in_letters_already_sent(counted: Evening) -> None:
    mail = counted.sent()[1]
    counted.wants_no_tracking(1)
    assert counted.get(path(mail.story(FERRY))).status_code == 302
    assert counted.get(mail.picture).status_code == 200
    assert counted.hits() == []


def test_a_newsroom_that_switches_it_off_counts_no_more(counted: Evening) -> None:
    mail = counted.sent()[1]
    now = Evening(count_here(counted.house, TrackingSettings(opens=False, clicks=True)))
    now.get(mail.picture)
    now.get(path(mail.story(FERRY)))
    assert [kind for _, kind, _, _ in now.hits()] == ["click"]


def test_a_reader_counts_up_to_a_hundred_times(evening_on_sqlite: Evening) -> None:
    link = path(evening_on_sqlite.sent()[1].story(FERRY))
    for _ in range(103):
        assert evening_on_sqlite.get(link).status_code == 302
    assert len(evening_on_sqlite.hits()) == 100


def test_a_mark_is_good_for_its_own_issue_only(counted: Evening) -> None:
    link = path(counted.sent()[1].story(FERRY))
    _, _, issue, number, mark = link.split("/")
    assert counted.get(f"/c/{int(issue) - 1}/{number}/{mark}").status_code == 404
    assert counted.get(f"/c/{issue}/99/{mark}").status_code == 404
    other = counted.app.tokens.sign(Purpose.UNSUBSCRIBE, 1, counted.house.clock.now())
    assert counted.get(f"/c/{issue}/{number}/{other}").status_code == 404
    assert counted.get(f"/o/{issue}/{other}").data[:6] == b"GIF89a"
    assert counted.hits() == []


def test_a_dead_link_leads_to_the_front_page_and_nowhere_by_itself(counted: Evening) -> None:
    answer = counted.get(f"/c/{counted.house.issue_id}/1/nonsense?url=https://evil.example")
    assert answer.status_code == 404
    assert "To the front page of The Harbour Ledger" in words(answer)
    assert "Location" not in answer.headers
    assert 'href="https://evil' not in answer.text


def test_a_test_mails_links_are_plain(evening_on_sqlite: Evening) -> None:
    app = evening_on_sqlite.app
    app.send_trial(evening_on_sqlite.house.issue_id, "editor@ledger.example")
    (file,) = app.settings.transport.path.rglob("*.eml")
    assert f"{BASE}/c/".encode() not in file.read_bytes()


def test_a_previews_links_lead_to_the_story_and_count_nothing(counted: Evening) -> None:
    counted.sent()
    mark = counted.app.tokens.sign(Purpose.TRIAL, counted.house.issue_id, counted.house.clock.now())
    assert counted.get(f"/c/{counted.house.issue_id}/1/{mark}").headers["Location"].startswith("https://ledger")
    assert counted.hits() == []


def test_the_issue_in_the_browser_counts_nothing(counted: Evening) -> None:
    mail = counted.sent()[1]
    view = next(path(link) for link in mail.links if "/view/" in link)
    page = counted.get(view).text
    assert STORY.replace("&", "&amp;") in page
    assert "/c/" not in page
    assert "/o/" not in page
    assert counted.hits() == []


_EVIL = ["https://evil.example", "//evil.example", "%2f%2fevil.example", "..", "\\\\evil.example", "0", "1", "2"]
_ANYTHING = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.sampled_from(_EVIL))


@pytest.fixture
def link(evening_on_sqlite: Evening) -> list[str]:
    """The parts of a good link."""
    return path(evening_on_sqlite.sent()[1].story(FERRY)).split("/")[2:]


@given(st.tuples(_ANYTHING, _ANYTHING, _ANYTHING), st.sets(st.integers(0, 2)), _ANYTHING)
@how(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_an_address_says_it_leads_to_the_issues_stories_or_nowhere(
    evening_on_sqlite: Evening, link: list[str], anything: tuple[str, ...], good: set[int], query: str
) -> None:
    parts = [link[place] if place in good else each for place, each in enumerate(anything)]
    answer = evening_on_sqlite.get(f"/c/{'/'.join(parts)}?{query}")
    to = answer.headers.get("Location", "")
    if answer.status_code == 302:
        assert to in {each.url for each in evening_on_sqlite.figures().links} | {"https://ledger.example"}
    elif to:  # werkzeug's, to the same path without what is too much in it
        assert to.startswith("http://localhost/"), to
    else:
        assert answer.status_code in {400, 404}


def test_a_reader_switches_it_off_and_what_was_counted_is_gone(counted: Evening) -> None:
    mail = counted.sent()[1]
    counted.get(path(mail.story(FERRY)))
    page = path(next(link for link in mail.links if "/preferences/" in link))
    assert 'name="tracking" value="on" checked' in counted.get(page).text
    counted.http.post(page, data={"name": "Ada"})
    assert len(counted.hits()) == 1, "a form without the box changes nothing"
    answer = counted.http.post(page, data={"tracking": "off"})
    assert 'name="tracking" value="on">' in answer.text
    counted.get(path(mail.story(FERRY)))
    assert counted.hits() == []
    counted.http.post(page, data={"tracking": ["off", "on"]})
    counted.get(path(mail.story(FERRY)))
    assert len(counted.hits()) == 1


def test_where_nothing_is_counted_there_is_nothing_to_switch_off(plain: House) -> None:
    evening = Evening(plain)
    page = path(next(link for link in evening.sent()[1].links if "/preferences/" in link))
    assert "tracking" not in evening.get(page).text


def test_being_forgotten_forgets_the_clicks(counted: Evening) -> None:
    mail = counted.sent()[1]
    counted.get(path(mail.story(FERRY)))
    page = path(next(link for link in mail.links if "/preferences/" in link))
    [told] = counted.get(f"{page}/data").get_json()["opened_and_clicked"]
    assert (told["what"], told["link"]) == ("click", STORY)
    counted.http.post(f"{page}/erase")
    assert counted.hits() == []
