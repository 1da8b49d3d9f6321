"""A pass over the sources, against a real server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsletter.articles import completing, store
from newsletter.articles.collect import SourceReport, collect
from newsletter.clock import SetClock
from newsletter.domain.article import Article, Image
from newsletter.settings import CollectSettings, Settings, SourceSettings
from subscribers.database import Database
from tests.articles.samples import item, json_ld, page, rss
from tests.articles.server import Answer, Asked, Site

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
Pass = Callable[..., list[SourceReport]]


@pytest.fixture
def run(site: Site, settings: Settings, limits: CollectSettings, database: Database, clock: SetClock) -> Pass:
    """Return a pass over these sources, or over one feed of the site; each takes place a minute later."""

    def run(*sources: SourceSettings, **more: str) -> list[SourceReport]:
        clock.sleep(60)
        asked = sources or (SourceSettings("ledger", "feed", url=site.base + "/feed"),)
        return collect(replace(settings, sources=asked, collect=limits), database, clock, **more)  # type: ignore[arg-type]  # only `only`

    return run


def kept(database: Database) -> list[Article]:
    with database.reading() as session:
        return store.archive(session, since=NOON - 999 * HOUR, before=NOON + 99 * HOUR, limit=99)


def test_a_feed_is_kept_and_completed_from_the_storys_page_once(site: Site, run: Pass, database: Database) -> None:
    story = {
        "@type": "NewsArticle",
        "headline": "No",
        "author": {"name": "Ada"},
        "commentCount": 4,
        "image": "/s.jpg",
    }
    site.html("/city/g1", page(json_ld(story)))
    site.show("/feed", rss(item("g1", "Seals", NOON, more="<description>Back.</description>")))
    assert run() == [SourceReport("ledger", found=1, added=1)]
    assert run() == [SourceReport("ledger", found=1)]
    (article,) = kept(database)
    assert (article.title, article.standfirst, article.authors) == ("Seals", "Back.", ("Ada",))
    assert (article.comment_count, article.image) == (4, Image(f"{site.base}/s.jpg"))
    assert site.paths().count("/city/g1") == 1


def test_an_updated_story_is_asked_for_again(site: Site, run: Pass, clock: SetClock) -> None:
    site.html("/city/g1", page())
    site.show("/feed", rss(item("g1", "Seals", NOON)))
    run()
    updated = (clock.now() + timedelta(seconds=30)).isoformat()
    more = f'<updated xmlns="http://www.w3.org/2005/Atom">{updated}</updated>'
    site.show("/feed", rss(item("g1", "Seals are back", NOON, more=more)))
    assert run() == [SourceReport("ledger", found=1, changed=1)]
    run()
    assert site.paths().count("/city/g1") == 2


def test_an_unchanged_feed_is_not_read_again(site: Site, run: Pass, database: Database) -> None:
    def feed(asked: Asked) -> Answer:
        return Answer(status=304) if asked.headers.get("if-none-match") == '"7"' else first

    first = rss(item("g1", "Seals", NOON), etag='"7"')
    site.show("/feed", feed)
    site.html("/city/g1", page())
    run()
    assert run() == [SourceReport("ledger")]
    assert [article.title for article in kept(database)] == ["Seals"]
    with database.reading() as session:
        (status,) = store.statuses(session)
    assert (status.etag, status.articles_seen, status.error) == ('"7"', 1, "")


def test_a_source_that_moved_is_asked_without_the_old_addresss_marks(site: Site, run: Pass) -> None:
    site.show("/feed", rss(item("g1", "Seals", NOON), etag='"7"'))
    site.show("/new", lambda asked: Answer(status=304) if "if-none-match" in asked.headers else moved)
    moved = rss(item("g2", "Otters", NOON))
    site.html("/city/g1", page())
    site.html("/city/g2", page())
    run()
    assert run(SourceSettings("ledger", "feed", url=site.base + "/new"))[0].added == 1


def test_a_broken_source_does_not_stop_the_others(site: Site, run: Pass, database: Database) -> None:
    site.show("/feed", rss(item("g1", "Seals", NOON)))
    sources = [
        SourceSettings("gone", "feed", url=site.base + "/gone"),
        SourceSettings("odd", "pigeon"),
        SourceSettings("ledger", "feed", url=site.base + "/feed"),
    ]
    gone, odd, fine = run(*sources)
    assert gone.error == f"{site.base}/gone answered with status 404."
    assert odd.error.startswith("It could not be read: KeyError")
    assert (fine.added, fine.error) == (1, "")
    with database.reading() as session:
        rows = {row.name: row for row in store.statuses(session)}
    assert (rows["gone"].error, rows["gone"].succeeded_at) == (gone.error, None)
    assert rows["ledger"].succeeded_at == rows["ledger"].checked_at


def test_a_source_that_recovers_is_well(site: Site, run: Pass, database: Database) -> None:
    run()
    site.show("/feed", rss(item("g1", "Seals", NOON)))
    run()
    with database.reading() as session:
        assert [row.error for row in store.statuses(session)] == [""]


def test_one_source_of_several(site: Site, run: Pass) -> None:
    site.show("/feed", rss(item("g1", "Seals", NOON)))
    sources = [SourceSettings(name, "feed", url=site.base + "/feed") for name in ("one", "two")]
    assert [report.name for report in run(*sources, only="two")] == ["two"]


def test_a_story_that_leaves_the_feed_is_withdrawn_and_back_when_it_returns(
    site: Site, run: Pass, database: Database
) -> None:
    items = [item(f"g{number}", f"Story {number}", NOON - number * HOUR) for number in range(3)]
    site.show("/feed", rss(*items))
    site.fallback = Answer(page(), headers={"Content-Type": "text/html"})
    run()
    site.show("/feed", rss(items[0], items[2]))
    assert run()[0].withdrawn == 1
    assert [article.guid for article in kept(database)] == ["g0", "g2"]
    site.show("/feed", rss(*items))
    assert run()[0].withdrawn == 0
    assert [article.guid for article in kept(database)] == ["g0", "g1", "g2"]


def test_a_story_whose_page_is_gone_is_withdrawn_although_its_feed_shows_it(
    site: Site, run: Pass, database: Database
) -> None:
    site.show("/feed", rss(item("g1", "Seals", NOON)))
    assert [run()[0].withdrawn, run()[0].withdrawn] == [1, 0]
    assert kept(database) == []
    site.html("/city/g1", page())
    run()
    assert [article.guid for article in kept(database)] == ["g1"]


def test_pages_that_fail_are_asked_for_again_but_not_without_end(
    site: Site, run: Pass, database: Database
) -> None:
    site.fallback = Answer(status=503)
    site.show("/feed", rss(*(item(f"g{number}", "Seals", NOON - number * HOUR) for number in range(9))))
    assert run()[0].added == 9
    assert len(site.asked) == 1 + 3
    assert len(kept(database)) == 9


def test_an_undated_story_has_the_date_of_its_page_or_of_its_first_sight(
    site: Site, run: Pass, database: Database, clock: SetClock
) -> None:
    site.html("/city/g1", page(json_ld({"@type": "Article", "headline": "x", "datePublished": NOON.isoformat()})))
    site.html("/city/g2", page())
    site.show("/feed", rss(item("g1", "Seals", None), item("g2", "Gulls", None)))
    run()
    seen = clock.now()
    run()
    assert {article.guid: article.published for article in kept(database)} == {"g1": NOON, "g2": seen}


def test_a_file_that_is_gone_is_withdrawn_and_one_that_broke_is_not(
    run: Pass, database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    for name in ("one", "two", "three"):
        head = f"title: {name}\nurl: https://ledger.example/{name}\ndate: 2026-03-10 13:00\n"
        (folder / f"{name}.md").write_text(f"---\n{head}---\n")
    source = SourceSettings("desk", "folder", path=folder)
    assert run(source) == [SourceReport("desk", found=3, added=3)]
    (folder / "one.md").unlink()
    (folder / "two.md").write_text("---\ntitle: [\n---\n")
    (report,) = run(source)
    assert (report.found, report.withdrawn) == (1, 1)
    assert report.error.startswith("two.md: its front matter is not YAML")
    assert {article.title for article in kept(database)} == {"two", "three"}


def test_reports_come_as_they_are_made(
    site: Site, settings: Settings, database: Database, clock: SetClock
) -> None:
    seen: list[SourceReport] = []
    reports = collect(settings, database, clock, progress=seen.append)
    assert seen == reports
    assert "not public" in reports[0].error


def test_pages_are_not_asked_for_without_end(site: Site, run: Pass, clock: SetClock) -> None:
    def slow(asked: Asked) -> Answer:
        clock.sleep(completing.MAX_SECONDS / 2)
        return Answer(page(), headers={"Content-Type": "text/html"})

    for number in range(5):
        site.show(f"/city/g{number}", slow)
    site.show("/feed", rss(*(item(f"g{number}", f"Story {number}", NOON) for number in range(5))))
    run()
    assert len(site.asked) == 1 + 2


def test_an_error_from_below_is_told_on_a_short_line(
    run: Pass, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise OSError("x\n" * 1_000)

    monkeypatch.setattr(store, "upsert", broken)
    (report,) = run(SourceSettings("desk", "folder", path=tmp_path))
    assert report.error.startswith("It could not be read: OSError: x x")
    assert len(report.error) < 400
