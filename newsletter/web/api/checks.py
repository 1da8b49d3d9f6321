"""What a wish is held against: the register as it stands, and the newsletters as they are configured."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from newsletter.settings import NewsletterSettings
from newsletter.web.api import views
from newsletter.web.api.operations import Answer, Call
from newsletter.web.problems import Problem
from subscribers import models
from subscribers.addresses import InvalidAddress, normalise
from subscribers.locking import locked


def unchanged(call: Call, session: Session) -> models.Subscription:
    """Return the subscription, locked and unchanged since the caller read it. Raises the Problems 404 and 412."""
    number = call.ids["id"]
    try:
        row = locked(session, number)
    except LookupError:
        raise Problem(404, f"There is no subscription {number}.") from None
    views.require_unchanged(call.if_match, views.subscription(session, number))
    return row


def shown(session: Session, number: int, status: int = 200) -> Answer:
    """Return the answer that shows a subscription as it is now."""
    session.flush()
    found = views.subscription(session, number)
    return Answer(found, status, etag=views.etag(found))


def newsletter_of(call: Call, slug: str) -> NewsletterSettings:
    """Return the newsletter of that slug. Raises Problem."""
    found = configured(call, slug)
    if found is None:
        known = ", ".join(each.slug for each in call.app.settings.newsletters)
        raise fault("newsletter", f"must be one of: {known}")
    return found


def configured(call: Call, slug: str) -> NewsletterSettings | None:
    """Return the newsletter of that slug, None where it is not configured any more."""
    return next((each for each in call.app.settings.newsletters if each.slug == slug), None)


def require_sections(newsletter: NewsletterSettings | None, chosen: Collection[str]) -> None:
    """Raise a Problem for a section that the newsletter has not."""
    names = [section.name for section in newsletter.sections] if newsletter else []
    for unknown in sorted(set(chosen) - set(names)):
        known = ", ".join(names) or "none"
        raise fault("sections", f'has "{unknown}", which the newsletter has not; it has: {known}')


def key_of(email: str) -> str:
    """Return what the register knows an address by. Raises Problem."""
    try:
        return normalise(email).key
    except InvalidAddress as error:
        raise Problem(422, str(error), [{"pointer": "/email", "detail": str(error)}]) from None


def fault(name: str, sentence: str) -> Problem:
    """Return the Problem with one field of the body."""
    return Problem(422, f"In the body, {name} {sentence}.", [{"pointer": f"/{name}", "detail": sentence}])
