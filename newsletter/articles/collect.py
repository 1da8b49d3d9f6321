"""One pass over the sources: ask, keep, complete from the stories' pages, and note how each source fared.

The network is never waited for inside a transaction, and one source that is broken never stops the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from newsletter.articles import completing, store
from newsletter.articles.fetch import Fetcher
from newsletter.articles.harvest import Errand, Harvest, SourceProblem
from newsletter.articles.markup import tidy
from newsletter.articles.sources import feed, folder, wordpress
from newsletter.articles.tables import SourceRow
from newsletter.clock import Clock
from newsletter.domain.article import Article
from newsletter.settings import Settings, SourceSettings
from subscribers.database import Database

log = structlog.get_logger(__name__)
_READERS: dict[str, Callable[[Errand], Harvest]] = {
    "feed": feed.read,
    "wordpress": wordpress.read,
    "folder": folder.read,
}


@dataclass(frozen=True, slots=True)
class SourceReport:
    """How one source fared. `error` is empty or says what could not be read; the rest may have been."""

    name: str
    found: int = 0
    added: int = 0
    changed: int = 0
    withdrawn: int = 0
    error: str = ""


def collect(
    settings: Settings,
    database: Database,
    clock: Clock,
    *,
    only: str | None = None,
    progress: Callable[[SourceReport], object] | None = None,
) -> list[SourceReport]:
    """Ask every source, or `only` the one of that name, and return a report of each.

    `progress` is called with each report as it comes.
    """
    fetcher = Fetcher(settings.collect, clock)
    reports = []
    for source in settings.sources:
        if only is None or source.name == only:
            report = _one(source, settings, database, clock, fetcher)
            reports.append(report)
            if progress is not None:
                progress(report)
    return reports


def _one(
    source: SourceSettings, settings: Settings, database: Database, clock: Clock, fetcher: Fetcher
) -> SourceReport:
    now = clock.now()
    try:
        errand = _errand(source, settings, database, fetcher, now)
        report = _kept(errand, _READERS[source.kind](errand), database)
        if source.kind != "folder":
            report = _completed(report, errand, database, clock)
    except SourceProblem as problem:
        report = _failed(source, str(problem), database, now)
    except Exception as error:
        log.exception("source failed unexpectedly", source=source.name)
        report = _failed(source, f"It could not be read: {_named(error)}", database, now)
    _tell(report)
    return report


def _errand(
    source: SourceSettings, settings: Settings, database: Database, fetcher: Fetcher, now: datetime
) -> Errand:
    with database.reading() as session:
        row = session.get(SourceRow, source.name)
        is_known = row is not None and row.url == source.url  # at another address the marks mean nothing
        etag, last_modified = (row.etag, row.last_modified) if row and is_known else ("", "")
    known = {section.name.lower() for one in settings.newsletters for section in one.sections}
    return Errand(source, fetcher, now, frozenset(known), settings.site.time_zone, etag, last_modified)


def _kept(errand: Errand, harvest: Harvest, database: Database) -> SourceReport:
    """Keep a harvest. The marks of the conditional GET are committed with the articles they stand for."""
    name, now, withdrawn = errand.source.name, errand.now, 0
    error = " ".join(harvest.problems)
    with database.writing() as session:
        row = _source(session, name)
        if harvest.unchanged and row.succeeded_at == row.checked_at:
            error = row.error  # what could not be read of an unchanged answer still can't
        upserted = store.upsert(session, _dated(session, errand, harvest), now)
        if harvest.complete_since is not None:
            shown = {article.guid for article in harvest.articles} | harvest.also_shown
            withdrawn = store.withdraw_missing(session, name, shown, harvest.complete_since, now)
        if not harvest.unchanged:
            row.articles_seen = len(harvest.articles)
        row.url, row.etag, row.last_modified = errand.source.url, harvest.etag, harvest.last_modified
        row.error = error
        row.checked_at = row.succeeded_at = now
    return SourceReport(name, len(harvest.articles), upserted.added, upserted.changed, withdrawn, error)


def _dated(session: Session, errand: Errand, harvest: Harvest) -> list[Article]:
    """Give undated articles the date they got when they were first seen."""
    known = store.dates(session, errand.source.name, harvest.undated)
    return [replace(one, published=known.get(one.guid, one.published)) for one in harvest.articles]


def _completed(report: SourceReport, errand: Errand, database: Database, clock: Clock) -> SourceReport:
    with database.reading() as session:
        stories = completing.waiting(session, errand.source.name, errand.now)
    answers = completing.ask(errand.fetcher, stories, clock)
    if not answers:
        return report
    with database.writing() as session:
        withdrawn = completing.complete(session, answers, errand.now)
    return replace(report, withdrawn=report.withdrawn + withdrawn)


def _failed(source: SourceSettings, error: str, database: Database, now: datetime) -> SourceReport:
    with database.writing() as session:
        row = _source(session, source.name)
        row.checked_at, row.error = now, error
    return SourceReport(source.name, error=error)


def _named(error: Exception) -> str:
    """Return an error on one short line; those of a database carry whole stories."""
    return tidy(f"{type(error).__name__}: {error}"[:300])


def _source(session: Session, name: str) -> SourceRow:
    row = session.get(SourceRow, name)
    if row is None:
        row = SourceRow(name=name, url="", etag="", last_modified="", error="", articles_seen=0)
        session.add(row)
    return row


def _tell(report: SourceReport) -> None:
    counts = {
        "found": report.found,
        "added": report.added,
        "changed": report.changed,
        "withdrawn": report.withdrawn,
    }
    if report.error:
        log.warning("collected with an error", source=report.name, error=report.error, **counts)
    else:
        log.info("collected", source=report.name, **counts)
