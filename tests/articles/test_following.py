"""Links and pictures, asked of a real server and remembered."""

from __future__ import annotations

import io

from PIL import Image

from newsletter.articles.fetch import Fetcher
from newsletter.articles.following import FRESH_FOR, KEPT_FOR, Following, known
from newsletter.clock import SetClock
from newsletter.domain.followed import Followed
from subscribers.database import Database
from tests.articles.server import Answer, Site


def never() -> bool:
    return False


def picture(width: int) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, 10)).save(written, "PNG")
    return written.getvalue()


def test_links_are_asked_without_their_bodies_and_pictures_with(
    site: Site, fetcher: Fetcher, database: Database, clock: SetClock
) -> None:
    link, gone = site.show("/story", Answer("words")), site.base + "/gone"
    moved = site.show("/old", Answer(status=301, headers={"Location": "/story"}))
    image, none = site.show("/a.png", Answer(picture(640))), site.show("/b.png", Answer("no picture"))
    following = Following(database, fetcher, clock)
    assert following.follow([link, gone, moved], [image, none], stop=never) == 5
    with database.reading() as session:
        found = known(session, [link, gone, moved, image, none, "https://never.example/"])
    assert (found[link], found[moved].url) == (Followed(link), link)
    assert "answered with status 404" in found[gone].problem
    assert (found[image].width, found[image].octets) == (640, len(picture(640)))
    assert "is no picture" in found[none].problem
    assert len(found) == 5


def test_what_was_asked_of_late_is_not_asked_again(
    site: Site, fetcher: Fetcher, database: Database, clock: SetClock
) -> None:
    link = site.show("/story", Answer("words"))
    following = Following(database, fetcher, clock)
    assert [following.follow([link], [], stop=never) for _ in range(2)] == [1, 0]
    clock.moment += FRESH_FOR
    assert following.follow([link], [], stop=never) == 1
    assert following.follow([link + "?b"], [], stop=lambda: True) == 0
    clock.moment += KEPT_FOR
    clock.moment += FRESH_FOR
    following.forget()
    with database.reading() as session:
        assert known(session, [link]) == {}


def test_a_server_that_does_not_know_head_is_asked_in_full(site: Site, fetcher: Fetcher) -> None:
    url = site.show("/story", lambda asked: Answer(status=405) if asked.method == "HEAD" else Answer("words"))
    assert fetcher.look(url).status == 200
