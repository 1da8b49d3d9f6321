"""The rendered issue and notices, byte for byte. `make golden` writes them anew; then read the diff."""

from __future__ import annotations

import pytest

from newsletter.domain.issue import Variant
from newsletter.rendering.issue import web_page
from newsletter.rendering.templates import Templates
from newsletter.settings import NewsletterSettings, SiteSettings
from tests.rendering.conftest import Golden, Print
from tests.rendering.reading import read
from tests.rendering.samples import ADA, DRAFT, SHAPED


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_issue(printed: Print, golden: Golden, language: str) -> None:
    raw = printed(DRAFT, language).stamp(ADA)
    issue = read(raw)
    golden(f"issue.{language}.subject.txt", f"{issue.message['Subject']}\n".encode())
    golden(f"issue.{language}.txt", issue.text.encode())
    golden(f"issue.{language}.html", issue.html.encode())
    golden(f"issue.{language}.eml", raw)


def test_an_issue_that_editors_shaped(printed: Print, golden: Golden) -> None:
    issue = read(printed(SHAPED, "en").stamp(ADA))
    golden("shaped.txt", issue.text.encode())
    golden("shaped.html", issue.html.encode())


def test_the_page_for_the_browser(
    evening: NewsletterSettings, site: SiteSettings, templates: Templates, golden: Golden
) -> None:
    golden("web.html", web_page(DRAFT, evening, site, templates, variant=Variant()).encode())


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", ["confirmation", "already_subscribed"])
def test_a_notice(noticed: Print, golden: Golden, kind: str, language: str) -> None:
    golden(f"{kind}.{language}.eml", noticed(kind, language).stamp(ADA))
