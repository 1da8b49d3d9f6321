"""Addresses that an issue leads to, asked politely and remembered: one of a host at a time, few hosts at once."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import urlsplit

from PIL import Image, UnidentifiedImageError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.articles.fetch import Fetcher, FetchError
from newsletter.articles.tables import FollowedRow
from newsletter.clock import Clock
from newsletter.domain.followed import Followed
from subscribers.database import Database

FRESH_FOR = timedelta(hours=6)
KEPT_FOR = timedelta(days=30)
_HOSTS_AT_ONCE = 6
_BETWEEN = 0.2  # seconds between two requests to one host


def known(session: Session, urls: Iterable[str], since: datetime | None = None) -> dict[str, Followed]:
    """Return what is known of these addresses, with `since` only what was found after it."""
    wanted = select(FollowedRow).where(FollowedRow.key.in_([_key(url) for url in set(urls)]))
    if since is not None:
        wanted = wanted.where(FollowedRow.at > since)
    return {row.url: Followed(row.led_to, row.problem, row.octets, row.width) for row in session.scalars(wanted)}


@dataclass(frozen=True, slots=True)
class Following:
    """Asks addresses. Waits on the network only outside of transactions."""

    database: Database
    fetcher: Fetcher
    clock: Clock

    def follow(
        self,
        links: Iterable[str],
        pictures: Iterable[str],
        *,
        stop: Callable[[], bool],
        told: Callable[[int], None] = lambda _: None,
    ) -> int:
        """Ask those of which nothing is known of late, and remember what came; return how many were asked.

        `told` hears of each group that was asked, how many they were.
        """
        wanted = dict.fromkeys(links, False) | dict.fromkeys(pictures, True)
        now = self.clock.now()
        with self.database.reading() as session:
            fresh = known(session, wanted, now - FRESH_FOR)
        asked = 0
        with ThreadPoolExecutor(_HOSTS_AT_ONCE, thread_name_prefix="follow") as pool:
            work = ((urls, wanted, stop) for urls in _by_host(url for url in wanted if url not in fresh))
            for found in pool.map(lambda each: self._ask_all(*each), work):
                self._remember(found, now)
                told(len(found))
                asked += len(found)
        return asked

    def forget(self) -> None:
        """Drop what was found long ago."""
        with self.database.writing() as session:
            session.execute(delete(FollowedRow).where(FollowedRow.at < self.clock.now() - KEPT_FOR))

    def _ask_all(
        self, urls: Sequence[str], is_picture: Mapping[str, bool], stop: Callable[[], bool]
    ) -> dict[str, Followed]:
        """Ask the addresses of one host, one after the other."""
        found: dict[str, Followed] = {}
        for url in urls:
            if stop():
                break
            if found:
                self.clock.sleep(_BETWEEN)
            found[url] = self._ask(url, is_picture=is_picture[url])
        return found

    def _ask(self, url: str, *, is_picture: bool) -> Followed:
        try:
            if not is_picture:
                return Followed(self.fetcher.look(url).url)
            answer = self.fetcher.get(url)
        except FetchError as error:
            return Followed(url, str(error))
        try:
            with Image.open(io.BytesIO(answer.body)) as picture:
                return Followed(answer.url, "", len(answer.body), picture.width)
        except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
            return Followed(answer.url, f"{answer.url} is no picture.", len(answer.body))

    def _remember(self, found: Mapping[str, Followed], now: datetime) -> None:
        with self.database.writing() as session:
            for url, what in found.items():
                session.merge(
                    FollowedRow(
                        key=_key(url),
                        url=url,
                        led_to=what.url,
                        problem=what.problem,
                        octets=what.octets,
                        width=what.width,
                        at=now,
                    )
                )


def _by_host(urls: Iterable[str]) -> list[list[str]]:
    def host(url: str) -> str:
        return urlsplit(url).netloc

    return [list(group) for _, group in groupby(sorted(urls, key=host), host)]


def _key(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()
