"""Fetching from a real server: what it is asked, and what it can't do to us."""

from __future__ import annotations

import gzip
import socket
from dataclasses import replace
from datetime import timedelta

import pytest

from newsletter.articles.fetch import MAX_REDIRECTS, Fetcher, FetchError
from newsletter.clock import SetClock, SystemClock
from newsletter.routes import is_public
from newsletter.settings import CollectSettings
from tests.articles.server import Answer, Asked, Site


def test_an_answer_comes_with_the_marks_for_next_time(site: Site, fetcher: Fetcher) -> None:
    url = site.show("/feed", Answer("hello", headers={"ETag": '"1"', "Content-Type": "text/xml"}))
    fetched = fetcher.get(url)
    assert (fetched.status, fetched.body, fetched.etag, fetched.content_type) == (200, b"hello", '"1"', "text/xml")
    assert site.asked[0].headers["host"] == site.base.removeprefix("http://")
    assert "cookie" not in site.asked[0].headers


def test_what_is_unchanged_is_not_sent_again(site: Site, fetcher: Fetcher) -> None:
    def conditional(asked: Asked) -> Answer:
        return Answer(status=304 if asked.headers.get("if-none-match") == '"1"' else 200)

    url = site.show("/feed", conditional)
    assert fetcher.get(url, etag='"1"', last_modified="Tue, 10 Mar 2026 12:00:00 GMT").status == 304
    assert site.asked[0].headers["if-modified-since"] == "Tue, 10 Mar 2026 12:00:00 GMT"


def test_packed_answers_are_unpacked(site: Site, fetcher: Fetcher) -> None:
    url = site.show("/feed", Answer(gzip.compress(b"hello"), headers={"Content-Encoding": "gzip"}))
    assert fetcher.get(url).body == b"hello"


def test_a_gzip_bomb_stops_at_the_limit(site: Site, fetcher: Fetcher) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    url = site.show("/bomb", Answer(bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(FetchError, match="larger than 1000000 bytes, unpacked"):
        fetcher.get(url)


def test_redirects_are_followed_and_carry_no_credentials(site: Site, fetcher: Fetcher) -> None:
    site.show("/new", Answer("here"))
    site.show("/old", Answer(status=301, headers={"Location": "/new"}))
    fetched = fetcher.get(site.base.replace("http://", "http://ada:secret@") + "/old")
    assert (fetched.body, fetched.url) == (b"here", site.base + "/new")
    assert "authorization" in site.asked[0].headers
    assert "authorization" not in site.asked[1].headers


def test_a_redirect_loop_ends(site: Site, fetcher: Fetcher) -> None:
    url = site.show("/loop", Answer(status=302, headers={"Location": "/loop"}))
    with pytest.raises(FetchError, match="after 5 redirects"):
        fetcher.get(url)
    assert len(site.asked) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "target",
    ["http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[::1]/", "http://2130706433/"],
)
def test_a_redirect_to_a_private_address_is_refused(site: Site, fetcher: Fetcher, target: str) -> None:
    url = site.show("/trap", Answer(status=302, headers={"Location": target}))
    with pytest.raises(FetchError, match="which is not public"):
        fetcher.get(url)


def test_a_name_is_judged_by_its_addresses(
    site: Site, limits: CollectSettings, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inside)
    port = site.base.rpartition(":")[2]
    with pytest.raises(FetchError, match=r"news\.example has the address 127\.0\.0\.1, which is not public"):
        Fetcher(limits, clock).get(f"http://news.example:{port}/")
    assert site.asked == []


def test_a_name_is_resolved_once_and_the_connection_goes_there(
    site: Site, limits: CollectSettings, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    real = socket.getaddrinfo

    def resolver(host: str, *rest: object, **named: object) -> object:
        if host != "127.0.0.1":
            asked.append(host)
        return real("127.0.0.1", *rest, **named)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    site.show("/", Answer("hello"))
    port = site.base.rpartition(":")[2]
    allowed = replace(limits, allow_hosts=frozenset({"news.example"}))
    assert Fetcher(allowed, clock).get(f"http://news.example:{port}/").body == b"hello"
    assert asked == ["news.example"]
    assert site.asked[0].headers["host"] == f"news.example:{port}"


INSIDE = (
    "10.1.2.3 127.0.0.1 169.254.1.1 100.64.0.1 0.0.0.0 224.0.0.1 ::1 fe80::1%eth0 fd00::1 2001:db8::1 "
    "::ffff:10.0.0.1 64:ff9b::a00:1 2002:7f00:1:: nonsense"
)


@pytest.mark.parametrize("address", INSIDE.split())
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9", "64:ff9b::909:909"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "//127.0.0.1/", "http://", "http://["])
def test_only_http_is_spoken(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(FetchError, match="is not an http or https address"):
        fetcher.get(url)


def test_a_server_that_says_nothing_is_left_at_the_deadline(site: Site, limits: CollectSettings) -> None:
    url = site.show("/slow", Answer("late", wait=True))
    hasty = Fetcher(replace(limits, timeout=timedelta(milliseconds=200)), SystemClock())
    with pytest.raises(FetchError, match=r"did not answer in full within 0\.2 seconds"):
        hasty.get(url)


def test_a_server_that_drips_is_left_at_the_deadline(site: Site, limits: CollectSettings) -> None:
    url = site.show("/drip", Answer(drip=True))
    hasty = Fetcher(replace(limits, timeout=timedelta(milliseconds=200)), SystemClock())
    with pytest.raises(FetchError, match=r"did not answer in full within 0\.2 seconds"):
        hasty.get(url)


def test_an_answer_that_is_cut_off_is_none(site: Site, fetcher: Fetcher) -> None:
    url = site.show("/half", Answer("half", headers={"Content-Length": "1000"}))
    with pytest.raises(FetchError, match="/half gave no readable answer"):
        fetcher.get(url)


def test_a_status_that_is_no_success_is_told(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="/nothing answered with status 404") as caught:
        fetcher.get(site.base.replace("http://", "http://ada:secret@") + "/nothing")
    assert caught.value.status == 404
    assert "secret" not in str(caught.value)


def test_a_redirect_that_was_not_escaped_is_followed(site: Site, fetcher: Fetcher) -> None:
    site.show("/k%C3%BCste", Answer("here"))
    url = site.show("/old", Answer(status=301, headers={"Location": "/küste".encode().decode("latin-1")}))
    assert fetcher.get(url).body == b"here"


@pytest.mark.parametrize("mark", ['"\x01"', '"é"', '"' + "a" * 2_000 + '"'])
def test_marks_that_could_not_be_sent_back_are_not_kept(site: Site, fetcher: Fetcher, mark: str) -> None:
    assert fetcher.get(site.show("/feed", Answer("x", headers={"ETag": mark}))).etag == ""


def test_an_address_that_does_not_answer_leaves_time_for_the_next(
    site: Site, limits: CollectSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares: list[float] = []
    real = socket.create_connection

    def connect(address: tuple[str, int], share: float) -> socket.socket:
        shares.append(share)
        if len(shares) == 1:
            raise TimeoutError
        return real(("127.0.0.1", address[1]), share)

    port = int(site.base.rpartition(":")[2])
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    both = [(*kind, (address, port)) for address in ("127.0.0.9", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    monkeypatch.setattr(socket, "create_connection", connect)
    assert Fetcher(limits, SystemClock()).get(site.show("/", Answer("here"))).body == b"here"
    assert shares[0] <= limits.timeout.total_seconds() / 2
