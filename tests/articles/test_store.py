"""The table of articles on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.articles import store
from newsletter.articles.store import Upserted
from newsletter.domain.article import Article, Image
from subscribers.database import Database

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SEALS = Article("ledger", "g1", "https://ledger.example/seals", "Seals", NOON, standfirst="Back.")


def keep(database: Database, *articles: Article, now: datetime = NOON) -> Upserted:
    with database.writing() as session:
        return store.upsert(session, articles, now)


def kept(database: Database) -> list[Article]:
    with database.reading() as session:
        return store.archive(session, since=NOON - 99 * HOUR, before=NOON + 99 * HOUR, limit=99)


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("HTTPS://Ledger.Example:443/Seals?utm_source=x&id=3&fbclid=y#top", "https://ledger.example/Seals?id=3"),
        ("http://ledger.example:80/", "http://ledger.example/"),
        ("http://ledger.example:8081/a?gclid=1", "http://ledger.example:8081/a"),
    ],
)
def test_addresses_in_their_canonical_form(written: str, same: str) -> None:
    assert store.canonical(written) == same
    assert store.canonical(same) == same


def test_an_edited_headline_changes_the_article(any_database: Database) -> None:
    assert keep(any_database, SEALS) == Upserted(added=1, changed=0)
    assert keep(any_database, SEALS) == Upserted(added=0, changed=0)
    edited = replace(SEALS, title="Seals are back", url="https://ledger.example/seals-are-back")
    assert keep(any_database, edited, now=NOON + HOUR) == Upserted(added=0, changed=1)
    (article,) = kept(any_database)
    assert (article.title, article.url, article.first_seen) == (edited.title, edited.url, NOON)


def test_a_new_guid_under_the_same_address_is_the_same_story(any_database: Database) -> None:
    keep(any_database, SEALS)
    moved = replace(SEALS, guid="other", url=SEALS.url + "?utm_medium=rss#comments")
    assert keep(any_database, moved) == Upserted(added=0, changed=0)
    assert [article.guid for article in kept(any_database)] == ["other"]


def test_what_a_source_is_silent_about_stays(database: Database) -> None:
    image = Image("https://ledger.example/s.jpg", "A seal", "Asleep")
    keep(database, replace(SEALS, image=image, section="city", comment_count=3, authors=("Ada",)))
    keep(database, replace(SEALS, standfirst="", image=Image(image.url, credit="Cy Fen")))
    (article,) = kept(database)
    assert article.image == replace(image, credit="Cy Fen")
    assert (article.section, article.comment_count, article.authors) == ("city", 3, ("Ada",))
    assert article.standfirst == "Back."


def test_of_two_sources_with_one_story_the_first_keeps_it_while_it_shows_it(database: Database) -> None:
    theirs = replace(SEALS, source="wire", guid="w1", title="Wire: seals")
    keep(database, SEALS)
    assert keep(database, theirs, now=NOON + HOUR) == Upserted()
    assert keep(database, theirs, now=NOON + 26 * HOUR) == Upserted(changed=1)
    assert [article.source for article in kept(database)] == ["wire"]


def test_candidates_are_new_in_the_window_or_seen_first_in_it(any_database: Database) -> None:
    ages = {"old": -40, "late": -20, "fresh": -1, "future": 2}
    stories = [replace(SEALS, guid=name, url=f"https://l.example/{name}") for name in ages]
    dated = [replace(one, published=NOON + ages[one.guid] * HOUR) for one in stories]
    keep(any_database, *dated, now=NOON)
    with any_database.reading() as session:
        found = store.candidates(session, NOON - 10 * HOUR, NOON)
        assert [article.guid for article in found] == ["fresh", "late"]
        later = store.candidates(session, NOON, NOON + 3 * HOUR)
        assert [article.guid for article in later] == ["future"]


def test_a_story_that_its_source_dropped_is_withdrawn_until_it_returns(any_database: Database) -> None:
    older = replace(SEALS, guid="g0", url="https://ledger.example/gulls", published=NOON - 5 * HOUR)
    keep(any_database, SEALS, older)
    with any_database.writing() as session:
        assert store.withdraw_missing(session, "ledger", {"g0"}, NOON - 5 * HOUR, NOON) == 1
        assert store.withdraw_missing(session, "ledger", {"g0"}, NOON - 5 * HOUR, NOON) == 0
        assert store.withdraw_missing(session, "wire", set(), NOON - 9 * HOUR, NOON) == 0
    assert [article.guid for article in kept(any_database)] == ["g0"]
    keep(any_database, SEALS, now=NOON + HOUR)
    assert [article.guid for article in kept(any_database)] == ["g1", "g0"]


def test_what_rolled_off_the_end_of_a_list_is_not_withdrawn(database: Database) -> None:
    keep(database, SEALS)
    with database.writing() as session:
        assert store.withdraw_missing(session, "ledger", {"g9"}, NOON, NOON) == 0


def test_articles_by_their_ids(database: Database) -> None:
    keep(database, SEALS, replace(SEALS, guid="g2", url="https://ledger.example/2", title="Two"))
    with database.writing() as session:
        assert [article.title for article in store.load(session, [2, 99, 1])] == ["Two", "Seals"]
        store.withdraw_missing(session, "ledger", {"g1"}, NOON - HOUR, NOON)
        assert store.withdrawn(session, [1, 2]) == {2}
        assert len(store.load(session, [1, 2])) == 2


def test_readers_get_the_address_as_it_was_written() -> None:
    written = "https://[2001:db8::1]:8443/a?q=%E4&flag&path=/x;y&&z=a%20b"
    assert store.canonical(written + "&utm_source=rss#top") == written.replace("&&", "&")


@given(
    st.builds(
        "{}://{}{}/{}?{}#{}".format,
        st.sampled_from(["http", "HTTPS"]),
        st.sampled_from(["Ledger.example", "[::1]", "u:p@l.example", ""]),
        st.sampled_from(["", ":80", ":443", ":8080", ":x", ":"]),
        st.text(max_size=8),
        st.text("ab&=?utm_;%2F+ ", max_size=16),
        st.text(max_size=4),
    )
)
def test_canonical_twice_is_canonical_once(url: str) -> None:
    assert store.canonical(store.canonical(url)) == store.canonical(url)


def test_of_several_entries_under_one_address_the_first_counts_every_time(database: Database) -> None:
    ticker = [replace(SEALS, guid=f"t{number}", url=f"{SEALS.url}#{number}") for number in range(3)]
    entries = [replace(one, title=f"Seals, {one.guid}") for one in ticker]
    assert keep(database, *entries) == Upserted(added=1)
    assert keep(database, *entries, now=NOON + HOUR) == Upserted()
    assert [article.title for article in kept(database)] == ["Seals, t0"]
