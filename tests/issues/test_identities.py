"""When two articles are the same story, and when they only look alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issues.identities import LEAST_BODY, canonical, identities
from tests.issues.stories import prose, story

FERRY = story("The night ferry comes back")
OTHER = story("A quiet day at the market")
RESET = f"<div>{FERRY.body_html.replace('<p>', '<p class=a>').replace(' ', '  ')}</div>"


@pytest.mark.parametrize(
    "changed",
    [
        replace(OTHER, guid=FERRY.guid),
        replace(OTHER, url=FERRY.url),
        replace(OTHER, url="http://LEDGER.example/the-night-ferry-comes-back/?utm_source=rss#comments"),
        replace(OTHER, title=FERRY.title, standfirst=FERRY.standfirst),
        replace(OTHER, title="The  Night Ferry – comes back!", standfirst=FERRY.standfirst.upper()),
        replace(OTHER, title=FERRY.title, body_html=FERRY.body_html),
        replace(OTHER, standfirst=FERRY.standfirst, body_html=FERRY.body_html),
        replace(
            OTHER,
            title=FERRY.title,
            body_html=f"<div>{FERRY.body_html.replace('<p>', '<p class=a>').replace(' ', '  ')}</div>",
        ),
    ],
)
def test_one_name_in_common_makes_it_the_same_story(changed: object) -> None:
    assert identities(FERRY) & identities(changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "alike",
    [
        replace(OTHER, title=FERRY.title),
        replace(OTHER, title=FERRY.title, standfirst=""),
        replace(OTHER, standfirst=FERRY.standfirst),
        replace(OTHER, guid=FERRY.guid, source="another source"),
        replace(OTHER, url=f"{FERRY.url}?page=2"),
        replace(OTHER, body_html="<p>Read on.</p>"),
        replace(OTHER, body_html=FERRY.body_html),
    ],
)
def test_what_only_looks_alike_is_another_story(alike: object) -> None:
    assert not identities(FERRY) & identities(alike)  # type: ignore[arg-type]


def test_stories_without_text_guid_or_address_are_not_all_the_same() -> None:
    first, second = (
        replace(each, title="Weather", standfirst="", body_html="") for each in (story("a"), story("b"))
    )
    assert not identities(first) & identities(second)
    assert not identities(replace(first, guid=" ", url="")) & identities(replace(second, guid=" ", url=""))


@pytest.mark.parametrize(("length", "known"), [(LEAST_BODY - 1, False), (LEAST_BODY, True)])
def test_a_body_counts_from_a_certain_length(length: int, known: bool) -> None:
    body = "x" * length
    other = replace(OTHER, title=FERRY.title, body_html=body)
    shared = identities(replace(FERRY, body_html=body)) & identities(other)
    assert bool(shared) is known


def test_no_identity_has_a_line_break_since_they_are_kept_one_a_line() -> None:
    broken = replace(FERRY, source="a\nb", guid="c\x0bd\u2028e", url="https://ledger.example/\nx y")
    assert all(len(name.splitlines()) == 1 for name in identities(broken))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.example/x?b=2&a=1", "a.example/x?a=1&b=2"),
        ("https://a.example/x?a=1&fbclid=zz&utm_medium=mail", "a.example/x?a=1"),
        ("https://A.example", "a.example"),
        ("https://a.example/X/", "a.example/X"),
        ("https://[broken/x", "https://[broken/x"),
        ("", ""),
    ],
)
def test_canonical(url: str, name: str) -> None:
    assert canonical(url) == name


@given(st.text(), st.text(), st.text(), st.text(max_size=300))
def test_any_text_has_names(guid: str, url: str, title: str, body: str) -> None:
    odd = replace(FERRY, guid=guid, url=url, title=title, body_html=body + prose(title))
    assert identities(odd) == identities(odd)
    assert all(len(name.splitlines()) == 1 for name in identities(odd))
