"""What becomes of other people's HTML."""

from __future__ import annotations

import pytest

from newsletter.articles.markup import MAX_BODY, link, sanitise, text_of


def test_emphasis_that_never_ends_is_not_blown_up() -> None:
    """A parser would open 900 elements anew in each of 23,000 paragraphs."""
    begun = "".join(f"<b id={number}>" for number in range(900))
    assert sanitise(f"<p>{begun}</p>" + "<p>x</p>" * 23_000) == ""


@pytest.mark.parametrize("tags", ["<div></x>", "<div/>", '<div title="<">', "<b></i><i></b>"])
def test_depth_is_counted_as_a_parser_does(tags: str) -> None:
    html = tags * (MAX_BODY // len(tags) - 9)
    assert len(sanitise(html)) <= 2 * MAX_BODY
    assert text_of("<p>Seals</p>" + html) in {"", "Seals"}


def test_paragraphs_need_no_end() -> None:
    assert text_of("<ul>" + "<li>x" * 2_000 + "</ul><p>y" * 2_000) != ""


@pytest.mark.parametrize("base", ["http://a:99999/", "http://%zz/", "http://256.1.1.1/", "http://xn--/", ""])
def test_links_against_an_impossible_address_are_dropped(base: str) -> None:
    html = sanitise('<a href="/map">map</a> <a href="https://ledger.example/">l</a>', base)
    assert html.startswith('<a rel="noopener noreferrer">map</a> <a href="https://ledger.example/"')


def test_only_web_addresses_of_bearable_length_are_links() -> None:
    assert link("https://ledger.example/a/", " b c ") == "https://ledger.example/a/b%20c"
    assert link("https://ledger.example/", "javascript:x()") == ""
    assert link("https://ledger.example/", "/" + "a" * 2_000) == ""
