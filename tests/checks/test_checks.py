"""Each check with an issue that it objects to; and an issue that none objects to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsletter.checks.catalogue import LOOKS, check
from newsletter.checks.contrast import parsed, ratio
from newsletter.checks.copy import Copy, Print
from newsletter.domain.finding import CHECKS, Finding, Level
from newsletter.domain.followed import Followed
from newsletter.domain.issue import IssueDraft, SectionOfIssue, Variant
from newsletter.rendering.issue import issue_letter
from newsletter.rendering.message import Message, take_apart
from newsletter.rendering.templates import Templates
from newsletter.settings import SectionSettings, Settings
from tests.rendering.samples import ADA, DRAFT, FERRY, MARKET, SCHOOLS, SENT_AT

DOCS = Path(__file__).parents[2] / "docs" / "checks.md"
PICTURE = FERRY.image
assert PICTURE is not None
FERRY_PNG = PICTURE.url
ROPEWORKS = SCHOOLS.image
assert ROPEWORKS is not None
CREDITED = replace(SCHOOLS, image=replace(ROPEWORKS, credit="Photo: Ines Okafor"))
GOOD = replace(
    DRAFT,
    sections=(SectionOfIssue("city", "City", (CREDITED, MARKET)),),
    also=(),
    archive=(),
    subject="The night ferry comes back, and 5 more stories",
    preheader="A boat at midnight again, three schools under one roof, and what the council found",
)


@pytest.fixture
def copy(settings: Settings) -> Callable[..., Copy]:
    """Makes a copy of a draft, printed as it would be sent."""

    def make(draft: IssueDraft = GOOD, **more: Any) -> Copy:
        newsletter = settings.newsletters[0]
        letter = issue_letter(
            draft, newsletter, settings.site, Templates(), variant=Variant(language="en"), issue_key="evening",
            date=SENT_AT, view_token="view",
        )  # fmt: skip
        message = take_apart(letter.stamp(ADA))
        return replace(Copy(draft, newsletter, settings.site, (Print("everybody", message),)), **more)

    return make


def found(copy: Copy, name: str) -> list[Finding]:
    levels: dict[str, Level | None] = dict.fromkeys(CHECKS)
    return list(check(copy, levels | {name: CHECKS[name]}))


def with_message(copy: Copy, **changes: object) -> Copy:
    (first, *_) = copy.prints
    message: Message = replace(first.message, **changes)  # type: ignore[arg-type]
    return replace(copy, prints=(Print("everybody", message),))


def lead(**changes: object) -> IssueDraft:
    return replace(GOOD, lead=replace(FERRY, **changes))  # type: ignore[arg-type]


DRAFTS: Mapping[str, tuple[IssueDraft, str]] = {
    "subject": (replace(GOOD, subject="x" * 71), "The subject has 71 characters"),
    "preheader": (replace(GOOD, preheader=""), "There is no preheader"),
    "capitals": (lead(title="THE FERRY COMES BACK"), "“THE FERRY COMES BACK” is all in capitals"),
    "twice": (lead(title=SCHOOLS.title + "!"), "looks like the story"),
    "languages": (lead(language="de-DE"), "is in de-DE, and the issue in en"),
    "broken-signs": (lead(title="The ferry \ufffd comes back"), "has a broken sign"),
    "picture-descriptions": (lead(image=replace(PICTURE, alt="")), "has no description"),
    "picture-credits": (lead(image=replace(PICTURE, credit="")), "has no credit"),
    "lead-picture": (lead(image=None), "has no picture"),
    "standfirsts": (lead(standfirst=" "), "has no standfirst"),
    "bylines": (lead(authors=()), "has no author"),
    "spam-words": (replace(GOOD, subject="Act now: the ferry!!!"), "“Act now”"),
    "empty-values": (lead(standfirst="By None."), "which no person wrote"),
}
LETTERS: Mapping[str, tuple[dict[str, object], str]] = {
    "clipped": ({"html_size": 110 * 1024}, "The HTML for everybody has 110 KB"),
    "text-part": ({"text": "Read it in your browser."}, "is nearly empty"),
    "way-out": ({"html": "<html><body><p>News.</p></body></html>"}, "has no link to unsubscribe"),
    "contrast": (
        {"html": '<html><body style="background-color: #fff"><p style="color: #bbb">Grey words</p></body></html>'},
        "“Grey words” (1.9)",
    ),
    "dark-contrast": (
        {
            "html": "<html><head><style>@media (prefers-color-scheme: dark) { .p { background-color: #111 "
            '!important } }</style></head><body class="p"><p style="color: #222">Ink</p></body></html>'
        },
        "hardly be read in the dark: “Ink”",
    ),
    "ignored-css": (
        {"html": '<body><p style="display: grid; filter: blur(1px)">x</p></body>'},
        "Gmail ignores display",
    ),
}
ASKED: Mapping[str, tuple[Followed, str]] = {
    "dead-links": (Followed(FERRY.url, "it answered with status 404."), "answered with status 404"),
    "moved-links": (Followed("https://elsewhere.example/ferry"), "has moved to https://elsewhere.example/ferry"),
}
PICTURES: Mapping[str, tuple[Followed, str]] = {
    "broken-pictures": (Followed(PICTURE.url, "it is no picture."), "can't be had: it is no picture."),
    "heavy-pictures": (Followed(PICTURE.url, octets=900_000), "has 900 kB"),
    "picture-sizes": (Followed(PICTURE.url, width=200), "only 200 pixels wide"),
}


def test_a_good_issue_has_nothing_worse_than_a_note(copy: Callable[..., Copy]) -> None:
    assert [each for each in check(copy(), {}) if each.level is not Level.NOTE] == []


@pytest.mark.parametrize("name", DRAFTS)
def test_words_and_stories_are_looked_at(copy: Callable[..., Copy], name: str) -> None:
    draft, sentence = DRAFTS[name]
    assert any(sentence in each.sentence for each in found(copy(draft), name))
    assert not any(sentence in each.sentence for each in found(copy(), name))


@pytest.mark.parametrize("name", LETTERS)
def test_the_final_bytes_are_looked_at(copy: Callable[..., Copy], name: str) -> None:
    changes, sentence = LETTERS[name]
    assert any(sentence in each.sentence for each in found(with_message(copy(), **changes), name))
    assert not any(sentence in each.sentence for each in found(copy(), name))


@pytest.mark.parametrize("name", [*ASKED, *PICTURES])
def test_links_and_pictures_are_judged_by_what_was_found(copy: Callable[..., Copy], name: str) -> None:
    what, sentence = {**ASKED, **PICTURES}[name]
    url = FERRY.url if name in ASKED else FERRY_PNG
    (finding, *_) = found(copy(followed={url: what}), name)
    assert sentence in finding.sentence
    assert finding.article_id == FERRY.id
    assert found(copy(followed={url: Followed(url, octets=9_000, width=1200)}), name) == []


def test_stories_that_the_source_changed_or_took_back_are_named(copy: Callable[..., Copy]) -> None:
    looked_at = copy(changed=(MARKET,), gone=("Fog horn is silent",))
    assert [each.article_id for each in found(looked_at, "changed")] == [MARKET.id]
    assert "“Fog horn is silent” was withdrawn" in found(looked_at, "withdrawn")[0].sentence


def test_a_section_without_a_story_is_named(copy: Callable[..., Copy]) -> None:
    made = copy()
    sections = (SectionSettings("city", "City"), SectionSettings("sea", "The Sea"))
    asked = replace(made, newsletter=replace(made.newsletter, sections=sections))
    assert ["The Sea" in each.sentence for each in found(asked, "empty-sections")] == [True]


def test_a_word_of_two_scripts_is_named(copy: Callable[..., Copy]) -> None:
    cyrillic_a = "\u0430"
    (finding,) = found(copy(lead(title=f"The h{cyrillic_a}rbour wakes")), "languages")
    assert f"“h{cyrillic_a}rbour” mixes letters of Cyrillic and Latin" in finding.sentence


def test_levels_are_set_by_the_newsroom_and_the_weightiest_come_first(copy: Callable[..., Copy]) -> None:
    draft = replace(lead(image=None), preheader="")
    told = check(copy(draft), {"preheader": Level.STOP, "lead-picture": None})
    assert (told[0].check, told[0].level) == ("preheader", Level.STOP)
    assert "lead-picture" not in {each.check for each in told}


def test_every_check_has_a_level_and_stands_in_the_docs() -> None:
    assert list(LOOKS) == list(CHECKS)
    rows = [line.split("|") for line in DOCS.read_text().splitlines() if line.startswith("| `")]
    assert {row[1].strip(" `"): row[2].strip() for row in rows} == CHECKS


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000", "white", 21.0), ("#777777", "#fff", 4.48), ("rgb(1, 2, 3)", "#010203", 1.0)],
)
def test_contrast_is_reckoned_as_wcag_has_it(one: str, other: str, expected: float) -> None:
    front, back = parsed(one), parsed(other)
    assert front
    assert back
    assert round(ratio(front, back), 2) == expected


@pytest.mark.parametrize("words", ["transparent", "var(--ink)", "#12", "rgba(0,0,0,.5)", ""])
def test_what_is_no_plain_colour_is_none(words: str) -> None:
    assert parsed(words) is None
