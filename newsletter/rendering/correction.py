"""A mail of an editor's own words to the readers who got a mistake: part of the list, as the issue was."""

from __future__ import annotations

from datetime import datetime

from newsletter.domain.letter import Encoding, Letter
from newsletter.rendering.headers import common_headers, list_headers
from newsletter.rendering.holes import Holes
from newsletter.rendering.inline import inline
from newsletter.rendering.issue import READER, reader_links
from newsletter.rendering.letter import Message, compile_letter
from newsletter.rendering.masthead import masthead
from newsletter.rendering.note import note_html, note_text
from newsletter.rendering.phrases import load_phrases
from newsletter.rendering.printed import one_line
from newsletter.rendering.templates import Templates
from newsletter.rendering.text import fill, tidy
from newsletter.settings import NewsletterSettings, SiteSettings


def correction_letter(
    subject: str,
    body: str,
    newsletter: NewsletterSettings,
    site: SiteSettings,
    templates: Templates,
    *,
    language: str,
    key: str,
    date: datetime,
) -> Letter:
    """Return the mail for readers of a language; `body` is Markdown, as of an editor's note.

    `key` names mail and language, `date` (aware) is its Date header. The holes are those of an issue's letter.
    """
    phrases = load_phrases(templates, language or newsletter.language)
    head, title = masthead(newsletter, site), one_line(subject)
    holes = Holes(key, f"{title}{body}{head!r}")
    context = {"masthead": head, "phrases": phrases, "subject": title, "fill": fill}

    def page(name: str, encoding: Encoding, words: str) -> str:
        reader = holes.marks(READER, encoding)
        links = reader_links(head, reader, "")
        return templates.render(f"email/correction/{name}", **context, reader=reader, links=links, body=words)

    unsubscribe = reader_links(head, holes.marks(READER, Encoding.HEADER), "")
    headers = [
        *common_headers(newsletter, site, holes, title, date),
        *list_headers(newsletter, unsubscribe, holes, date.date().isoformat()),
    ]
    text = tidy(page("mail.txt", Encoding.TEXT, note_text(body)))
    return compile_letter(
        Message(key, headers, text, inline(page("mail.html", Encoding.HTML, note_html(body)))), holes
    )
