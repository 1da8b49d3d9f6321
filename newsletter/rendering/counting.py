"""The letter of a newsletter whose openings and clicks are counted: its stories' links, and what shows a hit.

Only the HTML part is touched; the text part keeps the stories' own addresses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape

from newsletter.rendering.printed import PrintedIssue, PrintedLink, PrintedStory

TOKEN = "tracking_token"  # noqa: S105 - the hole's name

# Not shown, not reached by the Tab key, not read out, and without a word in it: only a program follows it.
_HIDDEN = '<a href="{url}" aria-hidden="true" tabindex="-1" style="display:none;mso-hide:all" rel="nofollow"></a>'
_PICTURE = '<img src="{url}" alt="" width="1" height="1" style="width:1px;height:1px;border:0">'


@dataclass(frozen=True, slots=True)
class Counting:
    """How an issue's hits are counted. `number` gives a story's address and title the number of its link."""

    issue_id: int
    number: Callable[[str, str], int]
    opens: bool
    clicks: bool


def counted(issue: PrintedIssue, counting: Counting, base_url: str, token: str) -> PrintedIssue:
    """Return the issue with its stories' links leading by way of our pages; `token` is the reader's mark."""
    if not counting.clicks:
        return issue

    def link(url: str, title: str) -> str:
        return click_url(base_url, counting.issue_id, counting.number(url, title), token) if url else ""

    def related(each: PrintedLink) -> PrintedLink:
        return replace(each, url=link(each.url, each.title))

    def story(each: PrintedStory) -> PrintedStory:
        return replace(each, url=link(each.url, each.title), related=tuple(map(related, each.related)))

    return replace(
        issue,
        lead=story(issue.lead),
        sections=tuple(replace(section, stories=tuple(map(story, section.stories))) for section in issue.sections),
        also=tuple(map(story, issue.also)),
        archive=tuple(map(story, issue.archive)),
    )


def click_url(base_url: str, issue_id: int, number: int, token: str) -> str:
    """Return the address of a link; number 0 is the hidden one."""
    return f"{base_url}/c/{issue_id}/{number}/{token}"


def open_url(base_url: str, issue_id: int, token: str) -> str:
    """Return the address of the picture that shows an opening."""
    return f"{base_url}/o/{issue_id}/{token}"


def with_signs(html: str, counting: Counting, base_url: str, token: str) -> str:
    """Return the page with the hidden link and the picture at its end, as far as they are wanted."""
    signs = hidden_link(base_url, counting.issue_id, token) if counting.clicks else ""
    signs += picture(base_url, counting.issue_id, token) if counting.opens else ""
    before, end, after = html.rpartition("</body>")
    return f"{before}{signs}{end}{after}" if end else html + signs


def hidden_link(base_url: str, issue_id: int, token: str) -> str:
    """Return the link that people cannot see."""
    return _HIDDEN.format(url=click_url(base_url, issue_id, 0, token))


def picture(base_url: str, issue_id: int, token: str) -> str:
    """Return the picture that shows an opening."""
    return _PICTURE.format(url=open_url(base_url, issue_id, token))


def without_counting(html: str, token: str, links: Mapping[int, str]) -> str:
    """Return a page stamped with `token` as it would be if nothing were counted. `links` is where each leads."""
    mark = re.escape(token)
    html = re.sub(rf'<a href="[^"]*/c/\d+/0/{mark}"[^>]*></a>|<img src="[^"]*/o/\d+/{mark}"[^>]*>', "", html)
    return re.sub(
        rf'(?<=")[^"]*/c/\d+/(\d+)/{mark}(?=")', lambda found: escape(links.get(int(found[1]), "")), html
    )
