"""The editors' window: who is written to, what their links do, and what happens when nobody acts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import update

from newsletter.articles.tables import ArticleRow
from newsletter.daemon import Daemon
from newsletter.domain.finding import Level
from newsletter.editors import window
from newsletter.editors.roles import Role
from newsletter.editors.tables import Editor, WindowKind
from newsletter.issues import store
from newsletter.issues.states import IssueState
from newsletter.proofs import asking
from newsletter.settings import WhenNobodyActs
from newsletter.web.app import create_web
from tests.daemon.conftest import BUILD, SEND, Newsroom

SITE = "https://news.ledger.example"


def hire(newsroom: Newsroom, name: str, role: Role) -> None:
    now = newsroom.clock.now()
    with newsroom.app.database.writing() as session:
        email = f"{name}@ledger.example"
        session.add(Editor(email=email, name=name, role=role, created_at=now, accepted_at=now))


def acting(newsroom: Newsroom, policy: WhenNobodyActs, **levels: Level) -> Newsroom:
    """The newsroom with another policy, and levels of checks by their names with `_` for `-`."""
    settings = newsroom.app.settings
    evening = replace(settings.newsletters[0], when_nobody_acts=policy)
    checks = {name.replace("_", "-"): level for name, level in levels.items()}
    return replace(
        newsroom, app=replace(newsroom.app, settings=replace(settings, newsletters=(evening,), checks=checks))
    )


def evening(newsroom: Newsroom) -> list[EmailMessage]:
    """Build tonight's issue and ask; return what editors got, by address."""
    newsroom.clock.moment = BUILD
    daemon = Daemon(newsroom.app)
    daemon.build_due()
    daemon.ask_editors()
    daemon.ask_editors()
    return sorted(newsroom.letters(), key=lambda letter: str(letter["To"]))


def send(newsroom: Newsroom) -> IssueRowState:
    newsroom.clock.moment = SEND
    daemon = Daemon(newsroom.app)
    daemon.send_due(newsroom.app.settings.newsletters[0])
    daemon.ask_editors()
    [issue] = newsroom.issues()
    return IssueState(issue.state), issue.reason


IssueRowState = tuple[IssueState, str]


def text(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part
    return str(part.get_content())


def link(letter: EmailMessage) -> str:
    found = re.search(rf"{SITE}(/desk/window/\S+)", text(letter))
    assert found
    return found[1]


class Browser:
    """An editor's browser, signed in nowhere."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.http: FlaskClient = create_web(newsroom.app).test_client()
        self.page = BeautifulSoup("", "html.parser")

    def get(self, path: str) -> int:
        answer = self.http.get(path, base_url=SITE)
        self.page = BeautifulSoup(answer.text, "html.parser")
        return answer.status_code

    def buttons(self) -> list[str]:
        return [button.get_text(strip=True) for button in self.page.select("main form button")]

    def press(self, words: str, **changes: str) -> int:
        button = self.page.find("button", string=words)
        assert button, self.buttons()
        form = button.find_parent("form")
        assert form
        fields = {str(each["name"]): str(each.get("value", "")) for each in form.select("input[name]")}
        headers = {"Origin": SITE}
        answer = self.http.post(str(form["action"]), data=fields | changes, base_url=SITE, headers=headers)
        return answer.status_code


def test_editors_get_the_draft_with_its_checks_once_and_viewers_do_not(any_newsroom: Newsroom) -> None:
    for name, role in (("ines", Role.PUBLISHER), ("pia", Role.EDITOR), ("vera", Role.VIEWER)):
        hire(any_newsroom, name, role)
    ines, pia = evening(any_newsroom)
    assert (ines["To"], pia["To"]) == ("ines <ines@ledger.example>", "pia <pia@ledger.example>")
    assert ines["Subject"].startswith("Tonight at 18:00: ")
    assert "If nobody acts, it goes out at that time." in text(ines)
    assert "* Note: The lead, “" in text(ines)
    assert "Hold, release or take in later stories" in text(ines)
    assert "Hold" not in text(pia)
    html = ines.get_body(("html",))
    assert html
    assert html.get_content().index("The checks found:") < html.get_content().index("Tram four returns")


def test_its_links_do_nothing_before_a_button_and_then_act_in_the_editors_name(newsroom: Newsroom) -> None:
    hire(newsroom, "ines", Role.PUBLISHER)
    (letter,) = evening(newsroom)
    browser = Browser(newsroom)
    assert [browser.get(link(letter)) for _ in range(2)] == [200, 200]
    assert browser.buttons() == ["Release for its time", "Send now", "Hold", "Take in later stories"]
    assert newsroom.issues()[0].state == IssueState.DRAFT
    assert browser.press("Hold", reason="The mayor calls back") == 303
    [issue] = newsroom.issues()
    assert (issue.state, issue.reason) == (IssueState.HELD, "The mayor calls back")
    with newsroom.app.database.reading() as session:
        assert store.get(session, issue.id).history[-1].actor == "ines@ledger.example"
    assert browser.press("Hold") == 303  # an outdated page changes nothing
    assert len([one for one in _events(newsroom) if one == "held"]) == 1
    assert send(newsroom)[0] is IssueState.HELD


def _events(newsroom: Newsroom) -> list[str]:
    with newsroom.app.database.reading() as session:
        return [one.event for one in store.get(session, 1).history]


def test_an_editor_may_take_in_later_stories_and_not_more(newsroom: Newsroom) -> None:
    hire(newsroom, "pia", Role.EDITOR)
    (letter,) = evening(newsroom)
    browser = Browser(newsroom)
    browser.get(link(letter))
    assert browser.buttons() == ["Take in later stories"]
    newsroom.publish("Lamps are lit on the pier", at=BUILD + timedelta(minutes=5))
    newsroom.clock.moment = BUILD + timedelta(minutes=6)
    assert browser.press("Take in later stories") == 303
    with newsroom.app.database.reading() as session:
        assert len(store.get(session, 1).stories) == 3
    browser.get(link(letter))
    form = browser.page.select_one("main form")
    assert form
    refused = browser.http.post(
        str(form["action"]).replace("rebuild", "hold"),
        data={str(each["name"]): str(each.get("value", "")) for each in form.select("input[name]")},
        base_url=SITE,
        headers={"Origin": SITE},
    )
    assert refused.status_code == 403


def test_a_link_opens_nothing_once_the_issue_has_left_or_for_who_is_shut_out(newsroom: Newsroom) -> None:
    hire(newsroom, "ines", Role.PUBLISHER)
    (letter,) = evening(newsroom)
    browser = Browser(newsroom)
    assert browser.get(link(letter)[:-3] + "AAA") == 410
    assert send(newsroom)[0] is IssueState.SENT
    assert browser.get(link(letter)) == 410
    with newsroom.app.database.writing() as session:
        session.execute(update(Editor).values(disabled_at=newsroom.clock.now()))
    assert browser.get(link(letter)) == 410


def test_a_button_without_its_token_against_forgery_does_nothing(newsroom: Newsroom) -> None:
    hire(newsroom, "ines", Role.PUBLISHER)
    (letter,) = evening(newsroom)
    browser = Browser(newsroom)
    browser.get(link(letter))
    assert browser.press("Hold", csrf_token="guessed") == 400
    assert newsroom.issues()[0].state == IssueState.DRAFT


def test_where_nobody_released_it_it_is_held_and_editors_are_told(newsroom: Newsroom) -> None:
    newsroom = acting(newsroom, WhenNobodyActs.HOLD)
    hire(newsroom, "ines", Role.PUBLISHER)
    evening(newsroom)
    newsroom.clock.moment = SEND - timedelta(minutes=20)
    Daemon(newsroom.app).ask_editors()
    assert len(newsroom.letters()) == 1  # editors have just got the draft
    newsroom.clock.moment = SEND - timedelta(minutes=10)
    Daemon(newsroom.app).ask_editors()
    assert send(newsroom) == (IssueState.HELD, "Nobody released it by its send time.")
    subjects = sorted(str(letter["Subject"]).partition(":")[0] for letter in newsroom.letters())
    assert subjects == ["Held, and not sent at 18", "Not released yet, due at 18", "Tonight at 18"]


@pytest.mark.parametrize(
    ("levels", "state"), [({"lead_picture": Level.STOP}, IssueState.HELD), ({}, IssueState.SENT)]
)
def test_a_check_that_says_stop_holds_it_where_the_newsroom_wants_that(
    newsroom: Newsroom, levels: dict[str, Level], state: IssueState
) -> None:
    newsroom = acting(newsroom, WhenNobodyActs.SEND_UNLESS_STOP, **levels)
    evening(newsroom)
    reached, reason = send(newsroom)
    assert reached is state
    assert ("has no picture" in reason) == (state is IssueState.HELD)


def test_editors_are_reminded_of_a_stop_that_stands(newsroom: Newsroom) -> None:
    newsroom = acting(newsroom, WhenNobodyActs.SEND_UNLESS_STOP, lead_picture=Level.STOP)
    hire(newsroom, "ines", Role.EDITOR)
    evening(newsroom)
    newsroom.clock.moment = SEND - timedelta(minutes=10)
    Daemon(newsroom.app).ask_editors()
    assert sorted(str(letter["Subject"])[:3] for letter in newsroom.letters()) == ["Not", "Ton"]


def test_what_an_editor_released_leaves_whatever_the_checks_say(newsroom: Newsroom) -> None:
    newsroom = acting(newsroom, WhenNobodyActs.SEND_UNLESS_STOP, lead_picture=Level.STOP)
    evening(newsroom)
    with newsroom.app.database.writing() as session:
        store.release(session, 1, newsroom.clock.now(), actor="ines@ledger.example")
    assert send(newsroom)[0] is IssueState.SENT


def test_mails_that_a_crash_left_claimed_leave_once_more_with_the_same_name(newsroom: Newsroom) -> None:
    hire(newsroom, "ines", Role.PUBLISHER)
    newsroom.clock.moment = BUILD
    daemon = Daemon(newsroom.app)
    daemon.build_due()
    with newsroom.app.database.writing() as session:
        window.owe(session, 1, WindowKind.DRAFT, newsroom.clock.now())
    assert asking._claim(newsroom.app)
    daemon.ask_editors()
    assert newsroom.letters() == []
    newsroom.clock.moment += newsroom.app.settings.delivery.lease + timedelta(seconds=1)
    daemon.ask_editors()
    assert len({letter["Message-ID"] for letter in newsroom.letters()}) == 1
    with newsroom.app.database.writing() as session:
        session.execute(update(ArticleRow).values(title="Another"))
    daemon.ask_editors()
    assert len(newsroom.letters()) == 1
