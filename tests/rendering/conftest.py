"""Golden files and the settings that the samples are printed with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.domain.issue import IssueDraft, Variant
from newsletter.domain.letter import Letter
from newsletter.rendering.issue import issue_letter
from newsletter.rendering.notice import notice_letter
from newsletter.rendering.templates import Templates
from newsletter.settings import NewsletterSettings, Settings, SiteSettings
from tests.rendering.samples import SENT_AT

GOLDEN = Path(__file__).parent / "golden"

Golden = Callable[[str, bytes], None]
Print = Callable[..., Letter]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="write the golden files anew instead of comparing")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    def compare(name: str, found: bytes) -> None:
        if request.config.getoption("--golden", default=False):
            (GOLDEN / name).write_bytes(found)
        assert (GOLDEN / name).read_bytes() == found

    return compare


@pytest.fixture
def templates() -> Templates:
    return Templates()


@pytest.fixture
def site(settings: Settings) -> SiteSettings:
    return settings.site


@pytest.fixture
def printed(evening: NewsletterSettings, site: SiteSettings, templates: Templates) -> Print:
    """Prints a draft as a letter; keyword arguments change the newsletter's settings."""

    def make(draft: IssueDraft, language: str = "", prefix: str = "", **changes: str) -> Letter:
        return issue_letter(
            draft,
            replace(evening, **changes),  # type: ignore[arg-type]  # the changes are texts
            site,
            templates,
            variant=Variant(language=language),
            issue_key=f"evening/{draft.date}/{language}",
            date=SENT_AT,
            view_token="AAAAAAAAAAFpsD2QmV-view-in-browser-_ZA",
            subject_prefix=prefix,
        )

    return make


@pytest.fixture
def noticed(evening: NewsletterSettings, site: SiteSettings, templates: Templates) -> Print:
    """Prints a notice of a kind."""

    def make(kind: str, language: str = "") -> Letter:
        return notice_letter(kind, evening, site, templates, key=f"{kind}/1", date=SENT_AT, language=language)

    return make
