"""Past issues in public: a list, a page for each, search, a feed and a site map."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from newsletter.articles import store as articles
from newsletter.delivery.corrections.shown import Notice, notices
from newsletter.domain.issue import IssueDraft
from newsletter.issues import archive, store
from newsletter.issues.placing import NothingLeft
from newsletter.issues.tables import IssueRow
from newsletter.settings import NewsletterSettings
from newsletter.web.context import here
from newsletter.web.public.archive_feed import Channel, Entry, feed_of, site_map

ON_A_PAGE = 30
IN_THE_FEED = 20
FRESH_FOR = 300  # seconds


@dataclass(frozen=True, slots=True)
class Past:
    """A past issue as everybody may read it: so many stories were `withdrawn`; `draft` is None without any.

    Subject and preheader are those that were sent, unless they may speak of what was withdrawn.
    """

    row: IssueRow
    draft: IssueDraft | None
    withdrawn: int
    notices: Sequence[Notice] = ()

    @property
    def subject(self) -> str:
        """Its subject."""
        return self.row.subject if not self.withdrawn else self.draft.subject if self.draft else ""

    @property
    def preheader(self) -> str:
        """What stands below it."""
        return (
            self.draft.preheader if self.withdrawn and self.draft else "" if self.withdrawn else self.row.preheader
        )


def index(slug: str) -> ResponseReturnValue:
    """List a newsletter's past issues, the newest first, a page at a time."""
    newsletter = _newsletter(slug)
    before = _date(request.args.get("before", ""))
    with here().database.reading() as session:
        rows = archive.past(session, slug, before, ON_A_PAGE + 1)
        shown = _all(session, rows[:ON_A_PAGE])
    older = rows[ON_A_PAGE - 1].date if len(rows) > ON_A_PAGE else None
    return _kept(_list(newsletter, shown, older=older, is_first=before is None))


def search(slug: str) -> ResponseReturnValue:
    """Show the past issues that have the words asked for."""
    newsletter = _newsletter(slug)
    query = " ".join(request.args.get("q", "").split())[: archive.LONGEST_QUERY]
    with here().database.reading() as session:
        shown = _all(session, archive.search(session, [slug], query))
    response = make_response(_list(newsletter, shown, query=query))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def issue(slug: str, date: str) -> ResponseReturnValue:
    """Show one past issue as it is told by now: without what was withdrawn, and with what was corrected."""
    newsletter, day = _newsletter(slug), _date(date)
    with here().database.reading() as session:
        row = archive.of_date(session, slug, day) if day else None
        if row is None:
            abort(404)
        before, after = archive.beside(session, row)
        page = render_template(
            "web/public/archive_issue.html",
            newsletter=newsletter,
            past=_past(session, row),
            before=before,
            after=after,
            canonical=_address(row),
        )
    return _kept(page)


def feed(slug: str) -> ResponseReturnValue:
    """Give the latest issues as RSS 2.0, whole."""
    newsletter = _newsletter(slug)
    with here().database.reading() as session:
        entries = [_entry(session, row) for row in archive.past(session, slug, limit=IN_THE_FEED)]
    home, own = (_outside(url_for(f"public.{name}", slug=slug)) for name in ("archive", "archive_feed"))
    channel = Channel(newsletter.title, newsletter.description, newsletter.language, home, own)
    response = make_response(feed_of(channel, entries))
    response.mimetype = "application/rss+xml"
    if entries:
        response.last_modified = max(entry.at for entry in entries)
    return _kept(response)


def sitemap() -> ResponseReturnValue:
    """Tell search engines of every past issue that everybody may read."""
    with here().database.reading() as session:
        urls = [
            _address(row)
            for each in here().settings.newsletters
            if each.archive
            for row in archive.past(session, each.slug, limit=50_000)
        ]
    response = make_response(site_map(urls))
    response.mimetype = "application/xml"
    return _kept(response)


def _past(session: Session, row: IssueRow) -> Past:
    gone = articles.withdrawn(session, [story.article_id for story in row.stories])
    told = notices(session, row.id)
    try:
        return Past(row, store.draft(session, here().settings, row), len(gone), told)
    except NothingLeft:
        return Past(row, None, len(gone), told)


def _entry(session: Session, row: IssueRow) -> Entry:
    past = _past(session, row)
    words = render_template("web/public/archive_stories.html", past=past)
    return Entry(past.subject, _address(row), past.preheader, words, row.finished_at or row.send_at)


def _list(
    newsletter: NewsletterSettings,
    issues: Sequence[Past],
    *,
    query: str = "",
    older: dt.date | None = None,
    is_first: bool = True,
) -> str:
    return render_template(
        "web/public/archive.html",
        newsletter=newsletter,
        issues=issues,
        query=query,
        canonical=_outside(url_for("public.archive", slug=newsletter.slug)),
        older=older,
        is_first=is_first,
    )


def _all(session: Session, rows: Sequence[IssueRow]) -> list[Past]:
    """Return the issues for a list: only those that lost a story are looked at whole."""
    touched = archive.touched(session, [row.id for row in rows])
    return [_past(session, row) if row.id in touched else Past(row, None, 0) for row in rows]


def _address(row: IssueRow) -> str:
    return _outside(url_for("public.archive_issue", slug=row.newsletter, date=row.date.isoformat()))


def _outside(path: str) -> str:
    """Return a page's address as the outside knows it, whatever host was asked, and in no language."""
    return here().settings.site.base_url.rstrip("/") + path.partition("?")[0]


def _newsletter(slug: str) -> NewsletterSettings:
    """Return the newsletter. Answers 404 where its past issues are not for everybody."""
    found = next((each for each in here().settings.newsletters if each.slug == slug), None)
    return found if found is not None and found.archive else abort(404)


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _kept(page: str | Response) -> Response:
    """Let caches keep the page for a while, and ask whether it changed."""
    response = make_response(page)
    response.headers["Cache-Control"] = f"public, max-age={FRESH_FOR}"
    response.add_etag()
    response.make_conditional(request)
    return response
