"""The readers' pages behind a real server, and a tour of all of them for a browser to walk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from threading import Thread
from zoneinfo import ZoneInfo

from babel.messages.catalog import Catalog
from flask import Flask
from playwright.sync_api import Page, Response
from sqlalchemy.orm import Session
from werkzeug.serving import WSGIRequestHandler, make_server

from newsletter.app import App, compose
from newsletter.articles.tables import ArticleRow
from newsletter.clock import SetChance, SystemClock
from newsletter.issues import archive
from newsletter.issues.tables import IssueRow, IssueStory
from newsletter.settings import (
    NewsletterSettings,
    SectionSettings,
    Settings,
    SignupSettings,
    SiteSettings,
    TrackingSettings,
    TransportSettings,
)
from newsletter.web.app import create_web
from subscribers.database import Base
from subscribers.signup import Evidence, SignUp, confirm, sign_up
from subscribers.tokens import Purpose
from tests.catalogues import extract, written


@dataclass(frozen=True)
class Site:
    """The pages under `url`, and the product behind them."""

    app: App
    web: Flask
    url: str

    def pending(self, email: str, newsletter: str = "evening", name: str = "") -> int:
        wish, now = SignUp(email, newsletter, name), self.app.clock.now()
        with self.app.database.writing() as session:
            return sign_up(session, self.app.tokens, wish, Evidence("form"), now, mails_per_day=9).id

    def subscribed(self, email: str, newsletter: str = "evening", name: str = "") -> int:
        number = self.pending(email, newsletter, name)
        with self.app.database.writing() as session:
            return confirm(session, number, Evidence("link"), self.app.clock.now()).id

    def past_issue(self, words: str) -> str:
        """Have an issue sent whose words these are, with a story that is withdrawn by now; return where it is."""
        now = self.app.clock.now()
        day = now.date() - timedelta(days=1)
        with self.app.database.writing() as session:
            if archive.of_date(session, "evening", day) is None:
                _send(session, words, now - timedelta(days=1))
        return f"/archive/evening/{day.isoformat()}"

    def link(self, purpose: Purpose, row: int) -> str:
        return f"/{purpose}/{self.app.tokens.sign(purpose, row, self.app.clock.now())}"


def _send(session: Session, words: str, at: datetime) -> None:
    """Put in an issue of a story that stands and one that was withdrawn."""
    issue = IssueRow(newsletter="evening", date=at.date(), state="sent", subject=words, preheader=words)
    issue.window_start, issue.window_end, issue.created_at = at - timedelta(days=1), at, at
    issue.send_at = issue.locked_at = issue.begun_at = issue.finished_at = at
    session.add(issue)
    for number in range(2):
        article = ArticleRow(source="ledger", guid=f"past-{number}", title=words, standfirst=words, section="city")
        article.url = f"https://ledger.example/past/{number}"
        article.published_at = article.first_seen_at = article.last_seen_at = at - timedelta(hours=2)
        article.withdrawn_at = at if number else None
        session.add(article)
        session.flush()
        role = "section" if number else "lead"
        issue.stories.append(IssueStory(position=number, role=role, section="city", article_id=article.id))


_FIRST = "button[type=submit]"


@dataclass(frozen=True)
class Stop:
    """A page: where it is, and what is filled in and pressed (its first button if it `sends`) to get to it."""

    path: str
    fields: Mapping[str, str] = field(default_factory=dict)
    ticks: tuple[str, ...] = ()
    sends: bool = False
    presses: tuple[str, ...] = ()

    def visit(self, page: Page, site: Site, language: str = "") -> Response:
        """Go there; return the answer that the page is made of."""
        answer = page.goto(site.url + self.path + (f"?lang={language}" if language else ""))
        for name, text in self.fields.items():
            page.fill(f"main [name={name}]", text)
        for name in self.ticks:
            page.check(f"main [name={name}] >> nth=0")
        for button in self.presses or ((_FIRST,) if self.sends else ()):
            with page.expect_navigation() as sent:
                page.click(f"main {button} >> nth=0")
            answer = sent.value
        assert answer is not None
        return answer


def tour(site: Site, name: str = "Ada Quill") -> dict[str, Stop]:
    """Return every page that a reader of that name may come to, by the page's name."""
    ada = site.subscribed("ada@reader.example", name=name)
    others = ("left", "bob", "why", "back", "gone", "every", "some")
    left, bob, why, back, gone, every, some = (site.subscribed(f"{each}@reader.example") for each in others)
    for each in ("every", "some"):
        site.subscribed(f"{each}@reader.example", "weekend")
    waiting = site.pending("dora@reader.example", name=name)
    preferences = site.link(Purpose.PREFERENCES, ada)
    return {
        "all": Stop("/"),
        "none_chosen": Stop("/", {"email": "ada"}, sends=True),
        "sign_up": Stop("/subscribe/evening"),
        "no_address": Stop("/subscribe/evening", {"email": "ada@"}, sends=True),
        "slip": Stop("/subscribe/evening", {"email": "ada@gmial.com"}, sends=True),
        "signed_up": Stop("/subscribe/evening", {"email": "eve@reader.example"}, sends=True),
        "embed": Stop("/subscribe/evening/embed"),
        "confirm": Stop(site.link(Purpose.CONFIRM, waiting)),
        "welcome": Stop(site.link(Purpose.CONFIRM, waiting), sends=True),
        "preferences": Stop(preferences),
        "saved": Stop(preferences, {"name": name}, sends=True),
        "unsubscribe": Stop(site.link(Purpose.UNSUBSCRIBE, bob)),
        "goodbye": Stop(site.link(Purpose.UNSUBSCRIBE, left), sends=True),
        "still_got": Stop(site.link(Purpose.UNSUBSCRIBE, some), sends=True),
        "choices_of_who_left": Stop(site.link(Purpose.PREFERENCES, some)),
        "told_why": Stop(site.link(Purpose.UNSUBSCRIBE, why), presses=(_FIRST, "form[action*='/why'] button")),
        "returned": Stop(site.link(Purpose.UNSUBSCRIBE, back), presses=(_FIRST, "form[action*='/return'] button")),
        "all_left": Stop(site.link(Purpose.PREFERENCES, every), presses=("form[action*='/all'] button",)),
        "paused": Stop(preferences, {"until": "2099-12-31"}, presses=("form[action*='/pause'] button",)),
        "resumed": Stop(preferences, presses=("form[action*='/pause'] button",)),
        "move_asked": Stop(
            preferences, {"email": "ada@new.example"}, presses=("form[action*='/address'] button",)
        ),
        "not_moved": Stop(preferences, {"email": "ada@"}, presses=("form[action*='/address'] button",)),
        "move": Stop(site.link(Purpose.ADDRESS, 1)),
        "moved": Stop(site.link(Purpose.ADDRESS, 1), sends=True),
        "former_link": Stop(preferences),
        "object": Stop(site.link(Purpose.OBJECT, 1)),
        "objected": Stop(site.link(Purpose.OBJECT, 1), sends=True),
        "ask_for_link": Stop("/preferences"),
        "no_link": Stop("/preferences", {"email": "ada"}, sends=True),
        "link_sent": Stop("/preferences", {"email": "bob@reader.example"}, sends=True),
        "erase": Stop(f"{site.link(Purpose.PREFERENCES, gone)}/erase"),
        "forgotten": Stop(f"{site.link(Purpose.PREFERENCES, gone)}/erase", sends=True),
        "privacy": Stop("/privacy"),
        "archive": Stop("/archive/evening"),
        "found_nothing": Stop("/archive/evening", {"q": "zeppelin"}, sends=True),
        "past_issue": Stop(site.past_issue(name)),
        "dead_link": Stop("/confirm/cut"),
        "test_mail": Stop(site.link(Purpose.TRIAL, 1).replace("trial", "view")),
        "not_found": Stop("/nothing"),
    }


def newsroom(folder: Path, words: str = "") -> Settings:
    """Return a newsroom of two newsletters in `folder`, all called by `words` if any.

    It speaks Arabic too, or so it says: every sentence in its catalogue is the English one between ‹ and ›.
    """
    own = folder / "templates/web/languages"
    own.mkdir(parents=True)
    (own / "ar.po").write_bytes(written(_between_brackets(extract())))
    sections = tuple(SectionSettings(name, words or name.title()) for name in ("city", "culture", "sport"))
    evening = NewsletterSettings(
        slug="evening",
        title=words or "The Evening Ledger",
        description=words or "The day in eight stories.",
        from_address="evening@ledger.example",
        build_at=time(17, 30),
        send_at=time(18, 0),
        sections=sections,
        tracking=TrackingSettings(opens=True, clicks=True),
        archive=True,
    )
    weekend = replace(
        evening, slug="weekend", title=words or "The Weekend Ledger", sections=(), tracking=TrackingSettings()
    )
    return Settings(
        site=SiteSettings(
            name=words or "The Harbour Ledger",
            base_url="",
            time_zone=ZoneInfo("Europe/Berlin"),
            postal_address=words or "The Harbour Ledger, 4 Quay Street, Port Ansel",
            url="https://ledger.example",
        ),
        database_url=f"sqlite:///{folder / 'newsletter.db'}",
        secret="a secret for tests that is long enough",
        transport=TransportSettings(kind="directory", path=folder / "outbox"),
        signup=SignupSettings(
            consent_text=words or "Send me the newsletter.",
            consent_version="1",
            per_network=None,
            per_address=None,
            minimum_time=timedelta(0),
        ),
        newsletters=(evening, weekend),
        sources=(),
        templates=folder / "templates",
    )


def _between_brackets(sentences: Catalog) -> Catalog:
    marked = Catalog("ar")
    for message in sentences:
        if isinstance(message.id, str):
            pattern = message.context == "pattern of a day"
            marked.add(message.id, message.id if pattern else f"‹{message.id}›", context=message.context)
        else:
            marked.add(message.id, (f"‹{message.id[1]}›",) * marked.num_plurals, context=message.context)
    return marked


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextmanager
def served(settings: Settings) -> Iterator[Site]:
    """Serve the pages on this machine, on a port of their own."""
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=_Quiet)
    url = f"http://127.0.0.1:{server.port}"
    app = compose(replace(settings, site=replace(settings.site, base_url=url)), SystemClock(), SetChance())
    Base.metadata.create_all(app.database.engine)
    web = create_web(app)
    server.app = web
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Site(app, web, url)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.database.dispose()
