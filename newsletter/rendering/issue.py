"""Tonight's issue as a letter, and as the page that "view in browser" opens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from newsletter.domain.issue import IssueDraft, Variant
from newsletter.domain.letter import Encoding, Letter
from newsletter.rendering.counting import TOKEN, Counting, counted, with_signs
from newsletter.rendering.headers import common_headers, list_headers
from newsletter.rendering.holes import Holes
from newsletter.rendering.inline import inline
from newsletter.rendering.letter import Message, compile_letter
from newsletter.rendering.masthead import Masthead, masthead
from newsletter.rendering.phrases import load_phrases
from newsletter.rendering.printed import one_line, print_issue
from newsletter.rendering.templates import Templates
from newsletter.rendering.text import fill, tidy
from newsletter.settings import NewsletterSettings, SiteSettings

READER = ("greeting", "address", "unsubscribe_token", "preferences_token")


def issue_letter(
    draft: IssueDraft,
    newsletter: NewsletterSettings,
    site: SiteSettings,
    templates: Templates,
    *,
    variant: Variant,
    issue_key: str,
    date: datetime,
    view_token: str,
    subject_prefix: str = "",
    counting: Counting | None = None,
) -> Letter:
    """Return the issue compiled for one variant, whose stories `draft` already holds.

    The same arguments give the same bytes: `issue_key` names issue and variant, `date` (aware) is the Date header.
    The holes are `to_name`, `to_address`, `message_id`, `greeting`, `address`, `unsubscribe_token` and
    `preferences_token`, and with `counting` `tracking_token`. Without it the letter's links to stories are plain.
    Raises jinja2.TemplateError, UnsafeStyle or BadPhrases for templates that can't be used.
    """
    phrases = load_phrases(templates, variant.language or newsletter.language)
    printed = print_issue(draft, newsletter, phrases, subject_prefix)
    head = masthead(newsletter, site)
    holes = Holes(issue_key, f"{printed!r}{head!r}{view_token}")
    folder = f"email/{newsletter.template}"
    context = {"issue": printed, "masthead": head, "phrases": phrases}

    def page(name: str, encoding: Encoding, **changed: object) -> str:
        reader = holes.marks(READER, encoding)
        links = reader_links(head, reader, view_token)
        return templates.render(f"{folder}/{name}", **context | changed, reader=reader, links=links, fill=fill)

    def html() -> str:
        if counting is None:
            return inline(page("issue.html", Encoding.HTML))
        mark = holes.mark(TOKEN, Encoding.HTML)
        issue = counted(printed, counting, head.base_url, mark)
        return with_signs(inline(page("issue.html", Encoding.HTML, issue=issue)), counting, head.base_url, mark)

    subject = one_line(templates.render(f"{folder}/subject.txt", **context))
    unsubscribe = reader_links(head, holes.marks(READER, Encoding.HEADER), view_token)
    headers = [
        *common_headers(newsletter, site, holes, subject, date),
        *list_headers(newsletter, unsubscribe, holes, draft.date.isoformat()),
    ]
    return compile_letter(Message(issue_key, headers, tidy(page("issue.txt", Encoding.TEXT)), html()), holes)


def web_page(
    draft: IssueDraft,
    newsletter: NewsletterSettings,
    site: SiteSettings,
    templates: Templates,
    *,
    variant: Variant,
) -> str:
    """Return the issue as a page for anyone: the mail's own template without a reader's name, address or links.

    Its styles stand in style attributes and `<style>`; a Content-Security-Policy has to allow those.
    """
    phrases = load_phrases(templates, variant.language or newsletter.language)
    head = masthead(newsletter, site)
    return inline(
        templates.render(
            f"email/{newsletter.template}/issue.html",
            issue=print_issue(draft, newsletter, phrases),
            masthead=head,
            phrases=phrases,
            reader=None,
            links={"subscribe": f"{head.base_url}/subscribe/{newsletter.slug}"},
        )
    )


def reader_links(head: Masthead, reader: Mapping[str, str], view_token: str) -> dict[str, str]:
    """Return the reader's own addresses at our pages."""
    return {
        "view": f"{head.base_url}/view/{view_token}",
        "preferences": f"{head.base_url}/preferences/{reader['preferences_token']}",
        "unsubscribe": f"{head.base_url}/unsubscribe/{reader['unsubscribe_token']}",
    }
