from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from newsletter.articles.fetch import Fetcher
from newsletter.clock import SetClock
from newsletter.settings import CollectSettings
from tests.articles.server import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def limits() -> CollectSettings:
    return CollectSettings(
        timeout=timedelta(seconds=10), max_bytes=1_000_000, allow_hosts=frozenset({"127.0.0.1"})
    )


@pytest.fixture
def fetcher(limits: CollectSettings, clock: SetClock) -> Fetcher:
    return Fetcher(limits, clock)
