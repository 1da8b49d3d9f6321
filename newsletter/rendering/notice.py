"""Mails about the subscription itself: transactional, one reader at a time, never part of a list."""

from __future__ import annotations

from datetime import datetime

from newsletter.domain.letter import Encoding, Letter
from newsletter.rendering.headers import common_headers
from newsletter.rendering.holes import Holes
from newsletter.rendering.inline import inline
from newsletter.rendering.letter import Message, compile_letter
from newsletter.rendering.masthead import masthead
from newsletter.rendering.phrases import load_phrases
from newsletter.rendering.printed import one_line
from newsletter.rendering.templates import Templates
from newsletter.rendering.text import fill, tidy
from newsletter.settings import NewsletterSettings, SiteSettings

LINKS = {
    "confirmation": ("confirm", "confirm_token"),
    "already_subscribed": ("preferences", "preferences_token"),
    "preferences_link": ("preferences", "preferences_token"),
    "address_change": ("address", "address_token"),
    "address_changed": ("object", "object_token"),
    "desk_sign_in": ("desk/sign-in/link", "sign_in_token"),
    "desk_invitation": ("desk/invitation", "invitation_token"),
}


def notice_letter(
    kind: str,
    newsletter: NewsletterSettings,
    site: SiteSettings,
    templates: Templates,
    *,
    key: str,
    date: datetime,
    language: str = "",
) -> Letter:
    """Return a notice of one of the kinds in LINKS; KeyError for any other.

    The holes are `to_name`, `to_address`, `message_id`, `greeting`, and the token of the kind's link.
    `key` names the notice, `date` (aware) is its Date header, `language` the reader's where it is known. Marked as
    auto-generated (RFC 3834), so that no holiday reply comes back.
    """
    page, token = LINKS[kind]
    phrases = load_phrases(templates, language or newsletter.language)
    head = masthead(newsletter, site)
    holes = Holes(key, repr(head))
    folder = f"email/notices/{kind}"

    def render(name: str, encoding: Encoding) -> str:
        reader = holes.marks(("greeting", token), encoding)
        link = f"{head.base_url}/{page}/{reader[token]}"
        return templates.render(
            f"{folder}/{name}",
            masthead=head,
            phrases=phrases,
            reader=reader,
            link=link,
            subject=subject,
            fill=fill,
        )

    subject = one_line(templates.render(f"{folder}/subject.txt", masthead=head, phrases=phrases))
    headers = [*common_headers(newsletter, site, holes, subject, date), b"Auto-Submitted: auto-generated"]
    text, html = tidy(render("notice.txt", Encoding.TEXT)), inline(render("notice.html", Encoding.HTML))
    return compile_letter(Message(key, headers, text, html), holes)
