"""What a template sees: an issue's texts as they are printed, cleaned, with only safe addresses in its links."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit, urlunsplit

from markupsafe import Markup

from newsletter.domain.article import Article, Image
from newsletter.domain.issue import IssueDraft, Sponsor
from newsletter.domain.letter import clean
from newsletter.rendering.note import note_html, note_text
from newsletter.rendering.phrases import Phrases
from newsletter.settings import NewsletterSettings

MOST_RELATED = 3  # links under one story
_URL_PLAIN = "!#$%&'()*+,-./:;=?@[]_~"


@dataclass(frozen=True, slots=True)
class PrintedImage:
    """A picture. `alt` is never empty, because the picture is a link; sizes are CSS pixels or None."""

    url: str
    alt: str
    caption: str
    credit: str
    width: int | None
    height: int | None

    def height_at(self, width: int) -> int | None:
        """Return the height that keeps the picture's shape at that width, None when the shape is not known."""
        if not self.width or not self.height:
            return None
        return max(1, round(width * self.height / self.width))


@dataclass(frozen=True, slots=True)
class PrintedLink:
    """A related story."""

    title: str
    url: str
    byline: str
    direction: str


@dataclass(frozen=True, slots=True)
class PrintedStory:
    """A story. `url` is empty where the article has no http or https address: its headline is not a link then.

    `language` is set where it differs from the mail's; `direction` is `ltr` or `rtl`.
    """

    title: str
    url: str
    kicker: str
    standfirst: str
    byline: str
    comments: str
    image: PrintedImage | None
    related: tuple[PrintedLink, ...]
    language: str
    direction: str


@dataclass(frozen=True, slots=True)
class PrintedSection:
    """A section with its heading."""

    name: str
    title: str
    stories: tuple[PrintedStory, ...]


@dataclass(frozen=True, slots=True)
class PrintedSponsor:
    """A paid block. `url` and `image` may be missing."""

    label: str
    text: str
    url: str
    image: PrintedImage | None
    direction: str


@dataclass(frozen=True, slots=True)
class PrintedNote:
    """What the editors have to say, as HTML and as filled text."""

    html: Markup
    text: str
    direction: str


@dataclass(frozen=True, slots=True)
class PrintedIssue:
    """An issue. `language` and `direction` are those of the mail's own words; `note` may be missing."""

    subject: str
    preheader: str
    date: str
    language: str
    direction: str
    lead: PrintedStory
    sections: tuple[PrintedSection, ...]
    also: tuple[PrintedStory, ...]
    archive: tuple[PrintedStory, ...]
    note: PrintedNote | None = None
    sponsors: tuple[PrintedSponsor, ...] = ()


def print_issue(
    draft: IssueDraft, newsletter: NewsletterSettings, phrases: Phrases, prefix: str = ""
) -> PrintedIssue:
    """Return the issue as templates see it; `prefix` stands before its subject."""
    kickers = {section.name: one_line(section.title) for section in newsletter.sections}
    carried = frozenset(web_address(story.url) for story in (*draft.stories, *draft.archive))
    press = _Press(phrases, newsletter.language, kickers, carried)
    return PrintedIssue(
        subject=one_line(prefix + draft.subject),
        preheader=one_line(draft.preheader),
        date=phrases.week.format(date=phrases.date(draft.date)) if draft.since else phrases.date(draft.date),
        language=phrases.language,
        direction=phrases.direction,
        lead=press.story(draft.lead),
        sections=tuple(
            PrintedSection(section.name, one_line(section.title), press.stories(section.stories))
            for section in draft.sections
            if section.stories
        ),
        also=press.stories(draft.also),
        archive=press.stories(draft.archive),
        note=_note(draft.note, phrases.direction) if draft.note.strip() else None,
        sponsors=tuple(_sponsor(each, phrases.direction) for each in draft.sponsors),
    )


def one_line(text: str) -> str:
    """Return the text cleaned, with ordinary white space trimmed and collapsed. No-break spaces stay."""
    return " ".join(word for word in clean(text).split(" ") if word)


def web_address(url: str) -> str:
    """Return an http or https URL in ASCII without anything to break out of an attribute, or nothing at all."""
    try:
        parts = urlsplit(clean(url).strip())
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None or not _is_host(host):
        return ""
    host = f"[{host}]" if ":" in host else host
    path, query, fragment = (quote(part, safe=_URL_PLAIN) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, host + port, path, query, fragment))


def direction(text: str, otherwise: str) -> str:
    """Return `ltr` or `rtl` by the text's first letter that has a direction (UAX #9, rule P2)."""
    for character in text:
        match unicodedata.bidirectional(character):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return otherwise


def _is_host(host: str) -> bool:
    return all(character.isalnum() or character in "-._:" for character in host)


@dataclass(frozen=True, slots=True)
class _Press:
    phrases: Phrases
    article_language: str
    kickers: dict[str, str] = field(default_factory=dict)
    carried: frozenset[str] = frozenset()

    def stories(self, articles: tuple[Article, ...]) -> tuple[PrintedStory, ...]:
        return tuple(self.story(article) for article in articles)

    def story(self, article: Article) -> PrintedStory:
        title = one_line(article.title)
        return PrintedStory(
            title=title,
            url=web_address(article.url),
            kicker=self.kickers.get(article.section, one_line(article.section).capitalize()),
            standfirst=one_line(article.standfirst),
            byline=self.phrases.byline(self._names(article.authors)),
            comments=self.phrases.comments(article.comment_count),
            image=_image(article.image, title) if article.image else None,
            related=tuple(self._related(article))[:MOST_RELATED],
            language=self._language(article.language),
            direction=direction(title, self.phrases.direction),
        )

    def _related(self, article: Article) -> Iterator[PrintedLink]:
        """Yield the related stories that do not stand in the issue themselves."""
        for link in article.related:
            title, url = one_line(link.title), web_address(link.url)
            if title and url not in self.carried:
                byline = ", ".join(self._names(link.authors))
                yield PrintedLink(title, url, byline, direction(title, self.phrases.direction))

    def _names(self, authors: tuple[str, ...]) -> list[str]:
        return [name for name in map(one_line, authors) if name]

    def _language(self, language: str) -> str:
        tag = one_line(language) or self.article_language
        return "" if tag.split("-")[0].lower() == self.phrases.language.split("-")[0] else tag


def _note(markdown: str, otherwise: str) -> PrintedNote:
    text = note_text(markdown)
    return PrintedNote(note_html(markdown), text, direction(text, otherwise))


def _sponsor(sponsor: Sponsor, otherwise: str) -> PrintedSponsor:
    label, text = one_line(sponsor.label), one_line(sponsor.text)
    image = _image(sponsor.image, text or label) if sponsor.image else None
    return PrintedSponsor(label, text, web_address(sponsor.url), image, direction(text, otherwise))


def _image(image: Image, title: str) -> PrintedImage | None:
    url = web_address(image.url)
    if not url:
        return None
    caption, credit = one_line(image.caption), one_line(image.credit)
    return PrintedImage(url, one_line(image.alt) or caption or title, caption, credit, image.width, image.height)
