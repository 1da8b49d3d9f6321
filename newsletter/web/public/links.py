"""Links from mails: what a good one names, and the clear page that a dead one gets.

Pages at such a link need no CSRF token: a forged request has to name the link, and whoever knows the link may do
what it says anyway. The token is the capability; no cookie lends a stranger's request any power here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from newsletter.web.context import here
from subscribers.tokens import BadToken, Purpose


class DeadLink(Exception):
    """The link cannot be used; `status` is 404 for one that we never made, 410 for one whose time is over.

    The page leads to the sign-up of `newsletter`; empty means to all of them, None that signing up is no mend.
    """

    def __init__(self, status: int, heading: str, sentence: str, newsletter: str | None = "") -> None:
        super().__init__(sentence)
        self.status, self.heading, self.sentence, self.newsletter = status, heading, sentence, newsletter


class FormerAddress(DeadLink):
    """The link went to an address that its reader has left; the page leads to a new link."""

    def __init__(self) -> None:
        sentence = _("This link is older than that. Ask for a new one, and it comes to your new address.")
        super().__init__(410, _("Your address has changed since"), sentence)


@dataclass(frozen=True, slots=True)
class Link:
    """What a link names. A trial link stands in an editors' test mail: its row is no reader's and nothing acts."""

    row: int
    made_at: datetime
    is_trial: bool = False


def read(purpose: Purpose, text: str) -> Link:
    """Return what the link names, the same purpose's or a test mail's. Raises DeadLink."""
    tokens = here().tokens
    for wanted in (purpose, Purpose.TRIAL):
        try:
            token = tokens.read(wanted, text)
        except BadToken:
            continue
        return Link(token.row, token.made_at, wanted is Purpose.TRIAL)
    raise not_whole()


def not_whole(newsletter: str | None = "") -> DeadLink:
    """Return what is to be said of a link that we never made; `newsletter` as in DeadLink."""
    return DeadLink(
        404,
        _("This link is not whole"),
        _(
            "Part of the address is missing or was changed on its way. Please open the link from the mail itself, "
            "or copy it from there to its very last character."
        ),
        newsletter,
    )


def barred() -> DeadLink:
    """Return what is to be said of a link to an address that must not be written to."""
    sentence = _(
        "We were asked never to write to it, and we keep to that. Please write to us if this is a mistake."
    )
    return DeadLink(410, _("This address gets no mail from us"), sentence, None)


def answer(dead: DeadLink) -> ResponseReturnValue:
    """Show the page for a link that cannot be used."""
    newsletters = [each for each in here().settings.newsletters if each.slug == dead.newsletter]
    asks = isinstance(dead, FormerAddress)
    return render_template("web/public/dead_link.html", dead=dead, newsletters=newsletters, asks=asks), dead.status
