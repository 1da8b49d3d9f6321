"""What the checks look at: the draft, its letters as they would be sent, and what is known of its links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

from lxml import html as markup

from newsletter.domain.article import Article
from newsletter.domain.followed import Followed
from newsletter.domain.issue import IssueDraft
from newsletter.rendering.message import Message
from newsletter.settings import NewsletterSettings, SiteSettings


@dataclass(frozen=True)
class Print:
    """One letter of the issue, stamped and taken apart. `label` says whose it is."""

    label: str
    message: Message

    @cached_property
    def page(self) -> markup.HtmlElement:
        """The HTML part as a tree."""
        return markup.document_fromstring(self.message.html or "<html></html>")


@dataclass(frozen=True, slots=True)
class Copy:
    """An issue as it would leave now. `prints` begins with the letter of the most readers.

    `changed` are stories that were rewritten at the source since they were chosen, `gone` the headlines of those
    that were withdrawn. `followed` is what is known of addresses; one that is missing was not asked yet.
    """

    draft: IssueDraft
    newsletter: NewsletterSettings
    site: SiteSettings
    prints: tuple[Print, ...]
    changed: tuple[Article, ...] = ()
    gone: tuple[str, ...] = ()
    followed: Mapping[str, Followed] = field(default_factory=dict)

    @property
    def illustrated(self) -> tuple[Article, ...]:
        """Today's stories that are printed with a picture where they have one."""
        return tuple(story for story in self.draft.stories if story not in self.draft.also)

    @property
    def links(self) -> dict[str, Article | None]:
        """Every address outside that the issue leads to, with the story it belongs to."""
        found: dict[str, Article | None] = {
            story.url: story for story in (*self.draft.stories, *self.draft.archive)
        }
        for each in self.prints:
            for anchor in each.page.iterfind(".//a[@href]"):
                url = anchor.get("href", "").partition("#")[0]
                if _is_outside(url, self.site.base_url):
                    found.setdefault(url, None)
        return found

    @property
    def pictures(self) -> dict[str, Article | None]:
        """Every picture of the letters, with the story it belongs to."""
        owners = {story.image.url: story for story in self.draft.stories if story.image}
        urls = {picture.get("src", "") for each in self.prints for picture in each.page.iterfind(".//img[@src]")}
        return {url: owners.get(url) for url in sorted(urls) if url.startswith(("https://", "http://"))}


def _is_outside(url: str, base_url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"} and urlsplit(url).netloc != urlsplit(base_url).netloc
