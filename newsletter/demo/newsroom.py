"""The Harbour Ledger: a small newspaper's site of our own invention, with a feed and a sign-up form.

It stands in for a newsroom's own site, so it knows nothing of the newsletter but the address its form posts to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, make_response, render_template, request

from newsletter.demo.edition import Story
from newsletter.demo.pictures import SCENES, jpeg
from newsletter.settings import SignupSettings

NAME = "The Harbour Ledger"
SECTIONS = {"city": "City", "business": "Business", "culture": "Culture", "sport": "Sport", "science": "Science"}


@dataclass(frozen=True, slots=True)
class Newsroom:
    """What the pages show: the stories, newest first, and where the newspaper and its newsletter live."""

    stories: Sequence[Story]
    base_url: str
    subscribe_url: str
    signup: SignupSettings
    now: datetime
    zone: tzinfo

    @property
    def pages_url(self) -> str:
        """Where the newsletter's own pages are, without a trailing slash."""
        return self.subscribe_url.partition("/subscribe/")[0]

    @property
    def newsletter(self) -> str:
        """The slug of the newsletter that the form is for."""
        return self.subscribe_url.rpartition("/")[2]

    def find(self, section: str, slug: str) -> Story | None:
        """Return the story at that address."""
        return next((story for story in self.stories if (story.section, story.slug) == (section, slug)), None)

    def related(self, story: Story) -> list[Story]:
        """Return the stories that are offered under this one."""
        by_slug = {other.slug: other for other in self.stories}
        return [by_slug[slug] for slug in story.related if slug in by_slug]

    def in_section(self, section: str) -> list[Story]:
        """Return a section's stories, newest first."""
        return [story for story in self.stories if story.section == section]

    def front(self) -> Front:
        """Return today's front page: the story most talked about among those with a picture leads."""
        today = [story for story in self.stories if (self.now - story.published).days == 0]
        lead = max((story for story in today if story.picture), key=_prominence)
        seconds = sorted((story for story in today if story.picture and story != lead), key=_prominence)[-3:]
        taken = {lead.slug, *(story.slug for story in seconds)}
        rest = {key: [story for story in self.in_section(key) if story.slug not in taken][:3] for key in SECTIONS}
        return Front(lead, tuple(reversed(seconds)), rest)


@dataclass(frozen=True, slots=True)
class Front:
    """The front page's stories: the lead, those beside it, and the rest by section."""

    lead: Story
    seconds: tuple[Story, ...]
    rest: dict[str, list[Story]]


def create_newsroom(
    stories: Sequence[Story],
    *,
    base_url: str,
    subscribe_url: str,
    signup: SignupSettings,
    now: datetime,
    zone: tzinfo,
) -> Flask:
    """Return the newspaper's site.

    `base_url` is where it will be reached, without a trailing slash; `subscribe_url` what its sign-up form posts
    to, and `signup` has the words that readers agree to by sending it. `now` (aware) dates the edition; times are
    shown in `zone`.
    """
    app = Flask(__name__, template_folder="templates/newsroom", static_folder=None)
    newsroom = Newsroom(tuple(stories), base_url, subscribe_url, signup, now, zone)
    _add_words(app, newsroom)
    _add_pages(app, newsroom)
    _add_files(app)
    _add_feeds(app, newsroom)
    _add_headers(app, newsroom)
    return app


def _add_words(app: Flask, newsroom: Newsroom) -> None:
    app.jinja_env.filters["rfc822"] = format_datetime
    app.jinja_env.filters["clock"] = lambda moment: f"{moment.astimezone(newsroom.zone):%H:%M}"
    app.jinja_env.filters["day"] = lambda moment: _day(moment.astimezone(newsroom.zone))
    app.jinja_env.filters["names"] = _names
    app.jinja_env.globals.update(
        newsroom=newsroom,
        newspaper=NAME,
        sections=SECTIONS,
        today=_day(newsroom.now.astimezone(newsroom.zone)),
        authors=_authors,
        photograph=lambda story: _photograph(story, newsroom.base_url),
    )


def _add_pages(app: Flask, newsroom: Newsroom) -> None:
    @app.get("/")
    def front() -> str:
        return render_template("front.html", front=newsroom.front())

    @app.get("/<section>/")
    def section(section: str) -> str:
        if section not in SECTIONS:
            abort(404)
        return render_template("section.html", section=section, stories=newsroom.in_section(section))

    @app.get("/<section>/<slug>")
    def article(section: str, slug: str) -> str:
        story = newsroom.find(section, slug)
        if story is None:
            abort(404)
        return render_template("article.html", story=story, section=section, related=newsroom.related(story))

    @app.errorhandler(404)
    def missing(error: Exception) -> tuple[str, int]:  # noqa: ARG001 - Flask hands it over
        return render_template("missing.html"), 404


def _add_files(app: Flask) -> None:
    @app.get("/pictures/<name>.jpg")
    def picture(name: str) -> Response:
        if name not in SCENES:
            abort(404)
        return _kept(make_response(jpeg(name)), "image/jpeg")

    @app.get("/ledger.css")
    def style() -> Response:
        return _kept(make_response(render_template("ledger.css")), "text/css; charset=utf-8")

    @app.get("/favicon.svg")
    def icon() -> Response:
        return _kept(make_response(render_template("favicon.svg")), "image/svg+xml")


def _add_feeds(app: Flask, newsroom: Newsroom) -> None:
    changed = max(story.changed for story in newsroom.stories)

    @app.get("/feed.xml")
    def rss() -> Response:
        response = make_response(render_template("feed.xml", changed=changed))
        response.last_modified = changed
        return _kept(response, "application/rss+xml; charset=utf-8")


def _add_headers(app: Flask, newsroom: Newsroom) -> None:
    pages = urlsplit(newsroom.pages_url)
    origin = f"{pages.scheme}://{pages.netloc}"
    policy = (
        "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; "
        f"form-action {origin}; script-src {origin}; connect-src {origin}"
    )

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _kept(response: Response, kind: str) -> Response:
    response.headers["Content-Type"] = kind
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _prominence(story: Story) -> tuple[int, datetime]:
    return story.comments, story.published


def _day(moment: datetime) -> str:
    return f"{moment:%A}, {moment.day} {moment:%B %Y}"


def _names(authors: Sequence[str]) -> str:
    return " and ".join([", ".join(authors[:-1]), authors[-1]]) if len(authors) > 1 else "".join(authors)


def _authors(story: Story) -> list[dict[str, str]]:
    return [{"@type": "Person", "name": author} for author in story.authors]


def _photograph(story: Story, base_url: str) -> list[dict[str, Any]]:
    if story.picture is None:
        return []
    url = f"{base_url}/pictures/{story.picture.name}.jpg"
    words = {
        "caption": story.picture.caption,
        "creditText": story.picture.credit,
        "description": story.picture.alt,
    }
    return [{"@type": "ImageObject", "url": url, "width": 1200, "height": 675, **words}]
