"""The issue as readers meet it: links, headings, pictures, colours, and whatever a newsroom's data may hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup, Tag

from newsletter.domain.issue import Variant
from newsletter.rendering.issue import web_page
from newsletter.rendering.templates import Templates
from newsletter.settings import NewsletterSettings, SiteSettings
from tests.rendering.colours import contrasts, dark_rules, ratio
from tests.rendering.conftest import Print
from tests.rendering.reading import Read, read
from tests.rendering.samples import ADA, DRAFT, FERRY, SCHOOLS, draft_of


@pytest.fixture
def issue(printed: Print) -> Read:
    return read(printed(DRAFT).stamp(ADA))


@pytest.fixture
def soup(issue: Read) -> BeautifulSoup:
    return BeautifulSoup(issue.html, "html.parser")


def tags(soup: BeautifulSoup, *names: str) -> list[Tag]:
    return [tag for tag in soup.find_all(names) if isinstance(tag, Tag)]


def test_the_language_and_the_direction_are_said(soup: BeautifulSoup) -> None:
    (html,) = tags(soup, "html")
    assert (html["lang"], html["dir"]) == ("en", "ltr")
    hebrew = next(tag for tag in tags(soup, "h3") if tag.get("lang") == "he")
    cell = hebrew.find_parent("td")
    assert cell is not None
    assert cell["dir"] == "rtl"


def test_headings_descend_one_step_at_a_time(soup: BeautifulSoup) -> None:
    levels = [int(tag.name[1]) for tag in tags(soup, "h1", "h2", "h3", "h4")]
    assert levels[:2] == [1, 2]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_are_for_layout_and_pictures_have_words_and_a_width(soup: BeautifulSoup) -> None:
    assert all(table.get("role") == "presentation" for table in tags(soup, "table"))
    pictures = tags(soup, "img")
    assert len(pictures) == 4
    assert all(picture["alt"] and picture["width"] for picture in pictures)
    assert (pictures[0]["width"], pictures[0]["height"]) == ("600", "338")


def test_links_lead_to_the_web_and_nowhere_else(soup: BeautifulSoup) -> None:
    addresses = [str(link["href"]) for link in tags(soup, "a")]
    assert all(address.startswith("https://") for address in addresses)
    assert FERRY.url in addresses
    assert f"https://news.ledger.example/unsubscribe/{ADA['unsubscribe_token']}" in addresses
    assert f"https://news.ledger.example/preferences/{ADA['preferences_token']}" in addresses


def test_a_story_without_a_safe_address_keeps_its_headline(soup: BeautifulSoup, issue: Read) -> None:
    headline = next(tag for tag in tags(soup, "h3") if "<script>" in tag.get_text())
    assert headline.find("a") is None
    assert not tags(soup, "script")
    assert "javascript:" not in issue.html + issue.text


def test_hostile_words_stay_words(soup: BeautifulSoup) -> None:
    assert 'alt="&quot; onerror=' in str(soup) or "alt='\" onerror=" in str(soup)
    assert soup.find(onerror=True) is None
    assert "Wir Bcc: all@ledger.example bleiben“ 🦭" in soup.get_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_is_legible(issue: Read, noticed: Print, scheme: str) -> None:
    for html in (issue.html, read(noticed("confirmation").stamp(ADA)).html):
        found = list(contrasts(html, dark_rules(html) if scheme == "dark" else {}))
        assert len(found) > 5
        assert [(text, round(contrast, 2)) for text, contrast in found if contrast < 4.5] == []


def test_contrast_is_reckoned_as_wcag_does() -> None:
    assert round(ratio("#000000", "#ffffff"), 1) == 21.0
    assert round(ratio("#777777", "#ffffff"), 2) == 4.48


def test_dark_rules_win_over_what_is_inlined(issue: Read) -> None:
    assert ".paper { background-color: #1d1c1a !important; }" in issue.html
    assert 'bgcolor="#ffffff"' in issue.html
    assert "data-premailer" not in issue.html


def test_outlook_gets_a_table_of_its_own(issue: Read) -> None:
    assert '<!--[if mso]><table role="presentation" align="center" width="600"' in issue.html
    assert issue.html.count("<!--[if mso]>") == 7


def test_the_preheader_is_there_and_hidden(soup: BeautifulSoup) -> None:
    preheader = soup.find("div")
    assert isinstance(preheader, Tag)
    assert preheader.get_text().startswith(DRAFT.preheader)
    assert "display:none" in str(preheader["style"])


def test_forty_stories_are_not_clipped(printed: Print) -> None:
    letter = read(printed(draft_of(40)).stamp(ADA))
    assert len(letter.html.encode()) < 102_000  # beyond this Gmail hides the rest, the way out with it


def test_one_story_is_enough(printed: Print) -> None:
    letter = read(printed(replace(draft_of(1), lead=replace(FERRY, image=None, related=()))).stamp(ADA))
    assert FERRY.title in letter.html
    assert BeautifulSoup(letter.html, "html.parser").find("h3") is None


def test_the_page_for_anyone_shows_the_same_and_tells_nothing_of_a_reader(
    evening: NewsletterSettings, site: SiteSettings, templates: Templates
) -> None:
    page = web_page(DRAFT, evening, site, templates, variant=Variant())
    assert SCHOOLS.title in page
    assert "https://news.ledger.example/subscribe/evening" in page
    assert not [word for word in ("unsubscribe/", "preferences/", "view/", "Good evening") if word in page]


def test_another_language_changes_the_words_but_not_the_stories(printed: Print) -> None:
    letter = read(printed(DRAFT, "de").stamp(ADA))
    assert "Dienstag, 10. März 2026" in letter.html
    assert "Außerdem heute" in letter.html
    assert '<html lang="de"' in letter.html
    assert 'lang="en"' in letter.html  # on the stories


def test_the_text_part_is_filled_and_keeps_addresses_whole(issue: Read) -> None:
    lines = issue.text.split("\n")
    assert all(len(line) <= 72 or line.strip().startswith("https://") for line in lines)
    assert FERRY.url in lines
    assert lines == [line.rstrip() for line in lines]
    assert "\n\n\n" not in issue.text
    assert f"https://news.ledger.example/unsubscribe/{ADA['unsubscribe_token']}" in lines


def test_a_notice_says_one_thing(noticed: Print) -> None:
    notice = read(noticed("already_subscribed").stamp(ADA))
    link = f"https://news.ledger.example/preferences/{ADA['preferences_token']}"
    assert notice.text.count(link) == 1
    assert f'href="{link}"' in notice.html
    assert ADA["greeting"] in notice.text
