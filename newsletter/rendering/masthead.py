"""Who sends the mail: what every template may say of the newsletter and of the newsroom."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.rendering.printed import one_line, web_address
from newsletter.settings import NewsletterSettings, SiteSettings


@dataclass(frozen=True, slots=True)
class Masthead:
    """The newsroom's and the newsletter's own words. `base_url` has no trailing slash; `site_url` may be empty."""

    title: str
    slug: str
    site_name: str
    site_url: str
    base_url: str
    postal_lines: tuple[str, ...]


def masthead(newsletter: NewsletterSettings, site: SiteSettings) -> Masthead:
    """Return the masthead of a newsletter."""
    return Masthead(
        title=one_line(newsletter.title),
        slug=newsletter.slug,
        site_name=one_line(site.name),
        site_url=web_address(site.url),
        base_url=web_address(site.base_url).rstrip("/"),
        postal_lines=tuple(line for line in map(one_line, site.postal_address.splitlines()) if line),
    )
