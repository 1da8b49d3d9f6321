"""One subscription as the pages show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from newsletter.issues.tables import IssueRow
from newsletter.settings import NewsletterSettings, Settings
from newsletter.web.context import here
from newsletter.web.languages import speak
from newsletter.web.public.coming import NOTHING_CHOSEN, Rhythm
from newsletter.web.public.links import DeadLink, FormerAddress, Link
from subscribers.models import Frequency, Subscription
from subscribers.moving import has_moved_since
from subscribers.sections import split
from subscribers.states import State


@dataclass(frozen=True, slots=True)
class Standing:
    """How a reader stands with a newsletter. `settings` is None when it is no longer configured.

    `tracking` is whether opens and clicks may be counted, where they are. `changed_at` is when the state, or what
    is chosen, last changed (aware UTC).
    """

    id: int
    newsletter: str
    settings: NewsletterSettings | None
    email: str
    name: str = ""
    language: str = ""
    state: State = State.ACTIVE
    chosen: frozenset[str] = field(default_factory=frozenset)
    rhythm: Rhythm = NOTHING_CHOSEN
    tracking: bool = True
    changed_at: datetime | None = None
    is_trial: bool = False

    @property
    def title(self) -> str:
        """The newsletter's title, or what it was called by."""
        return self.settings.title if self.settings else self.newsletter

    @property
    def frequency(self) -> Frequency:
        """How often the reader wants it."""
        return Frequency(self.rhythm.frequency)

    @property
    def has_left(self) -> bool:
        """Tell whether the reader is gone."""
        return self.state in {State.UNSUBSCRIBED, State.REMOVED}


def newsletter_of(settings: Settings, slug: str) -> NewsletterSettings | None:
    """Return the newsletter of that slug, None when it is no longer configured."""
    return next((each for each in settings.newsletters if each.slug == slug), None)


def standing(session: Session, link: Link) -> Standing:
    """Return what the link's row says; for a test mail's link, a reader who does not exist. Raises LookupError."""
    if link.is_trial:
        return _nobody(session, link)
    subscription = session.get(Subscription, link.row)
    if subscription is None or subscription.subscriber.erased_at is not None:
        raise LookupError(f"there is no subscription {link.row}")
    return of(subscription)


def own(session: Session, link: Link) -> Standing:
    """Return `standing` for a link to a reader's own choices and data.

    It opens nothing after a change of address: whoever has the former mailbox has the link. Raises DeadLink.
    """
    try:
        shown = standing(session, link)
    except LookupError:
        raise DeadLink(
            410, _("This link is no longer in use"), _("What it belonged to has been deleted.")
        ) from None
    if not link.is_trial:
        reader = session.get_one(Subscription, link.row).subscriber_id
        if has_moved_since(session, reader, link.made_at):
            raise FormerAddress
    return shown


def of(subscription: Subscription) -> Standing:
    """Return a subscription as the pages show it; from here on the page speaks its reader's language."""
    shown = _shown(subscription)
    speak(shown.language, otherwise=shown.settings.language if shown.settings else "")
    return shown


def others(session: Session, number: int) -> list[Standing]:
    """Return what else the reader gets, whose subscription has that number."""
    reader = session.get_one(Subscription, number).subscriber
    mine = sorted(reader.subscriptions, key=lambda each: each.id)
    return [_shown(each) for each in mine if each.id != number and each.state == State.ACTIVE]


def _shown(subscription: Subscription) -> Standing:
    reader = subscription.subscriber
    return Standing(
        id=subscription.id,
        newsletter=subscription.newsletter,
        settings=newsletter_of(here().settings, subscription.newsletter),
        email=reader.email,
        name=reader.name,
        language=reader.language,
        state=State(subscription.state),
        chosen=split(subscription.sections),
        rhythm=Rhythm(subscription.frequency, subscription.hour, reader.time_zone, subscription.paused_until),
        tracking=reader.tracking,
        changed_at=subscription.changed_at,
    )


def _nobody(session: Session, link: Link) -> Standing:
    issue = session.get(IssueRow, link.row)
    first = here().settings.newsletters[0]
    settings = (newsletter_of(here().settings, issue.newsletter) if issue else None) or first
    return Standing(0, settings.slug, settings, email="reader@newsroom.example", is_trial=True)
