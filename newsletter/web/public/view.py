"""An issue in the browser: the frozen letter, stamped for nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from email import message_from_bytes
from email.policy import SMTP
from html import escape
from zoneinfo import ZoneInfo

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from newsletter.delivery.corrections.shown import Notice, shown
from newsletter.delivery.ledger.tables import LetterRow
from newsletter.domain.letter import Letter
from newsletter.issues.tables import IssueRow
from newsletter.rendering.counting import without_counting
from newsletter.rendering.phrases import Phrases, load_phrases
from newsletter.tracking.links import targets
from newsletter.web.context import here
from newsletter.web.headers import ISSUE_POLICY
from newsletter.web.public.links import DeadLink, Link, read
from newsletter.web.public.standing import newsletter_of
from subscribers.tokens import Purpose

_BOX = "background:#fff8e1;color:#333;border-bottom:2px solid #b26a00;padding:12px;font:16px/1.4 sans-serif"
_ANYONE = "anyone0reads0this"  # survives every encoding as it is, and occurs in no story


def view(token: str) -> ResponseReturnValue:
    """Show the issue as it was frozen, without any reader's data, whoever opens it."""
    link = read(Purpose.VIEW, token)
    if link.is_trial:
        return render_template("web/public/test_mail.html")
    letter, newsletter, language, leading, notices = _frozen(link)
    settings, site = newsletter_of(here().settings, newsletter), here().settings.site
    phrases = load_phrases(here().templates, language or (settings.language if settings else site.language))
    told = phrases.web_because.format(newsletter=settings.title if settings else newsletter, site=site.name)
    neutral = neutral_page(letter, site.base_url, phrases, told, leading)
    page = Response(with_notices(neutral, notices, phrases, site.time_zone), mimetype="text/html")
    page.headers["Content-Security-Policy"] = ISSUE_POLICY
    page.headers["Content-Language"] = phrases.language
    return page


def neutral_page(letter: Letter, base_url: str, phrases: Phrases, because: str, leading: Mapping[int, str]) -> str:
    """Return the letter's HTML part without a reader, in which nothing is counted.

    Its personal links lead to the sign-up page, the sentence that names the address becomes `because`, and tracked
    links lead straight to where they are `leading`.
    """
    values = {hole.name: _ANYONE for hole in letter.holes} | {"to_name": "", "greeting": phrases.greet("")}
    message = message_from_bytes(letter.stamp(values), policy=SMTP)
    part = message.get_body(("html", "plain"))
    page = str(part.get_content()) if part else ""
    page = without_counting(page, _ANYONE, leading)
    page = re.sub(re.escape(base_url) + r"/\w+/" + _ANYONE, f"{base_url}/", page)
    return re.sub(f">[^<>]*{_ANYONE}[^<>]*<", lambda _: f">{escape(because)}<", page)


def with_notices(page: str, notices: Sequence[Notice], phrases: Phrases, zone: ZoneInfo) -> str:
    """Return a letter's page with what was corrected of it at its head, dated in the newsroom's zone."""
    told = "".join(
        f'<p style="margin:0 auto;max-width:600px;padding:6px 0"><strong>'
        f"{escape(phrases.correction.format(date=phrases.date(each.at.astimezone(zone))))}</strong><br>"
        f"{escape(each.words)}</p>"
        for each in notices
    )
    box = f'<div role="note" style="{_BOX}">{told}</div>' if told else ""
    return re.sub(r"(<body\b[^>]*>)", lambda found: found[1] + box, page, count=1)


def _frozen(link: Link) -> tuple[Letter, str, str, Mapping[int, str], Sequence[Notice]]:
    """Return the letter to show, its newsletter and language, where its links lead, and what was corrected.

    Raises DeadLink.
    """
    with here().database.reading() as session:
        row = session.get(LetterRow, link.row)
        issue = session.get(IssueRow, row.issue_id) if row else None
        if row is None or issue is None:
            raise _gone()
        seen = shown(session, row)
        if seen.letter is None:
            raise _gone()
        letter, language = Letter.from_bytes(seen.letter.body), row.variant.partition(":")[0]
        return letter, issue.newsletter, language, targets(session, issue.id), seen.notices


def _gone() -> DeadLink:
    return DeadLink(410, _("This issue is no longer kept"), _("It was deleted, and its link with it."))
