"""Signing readers up. Asked again after a lost answer, what stands already is answered with and left as it is."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.web.api.checks import fault, key_of, newsletter_of, require_sections, shown, unchanged
from newsletter.web.api.operations import Answer, Call, Operation
from newsletter.web.api.scopes import Scope
from newsletter.web.api.shapes import Nothing, Subscription
from newsletter.web.api.wishes import NewSubscription
from newsletter.web.problems import Problem
from subscribers import bringing, models, signup
from subscribers.evidence import web_page
from subscribers.models import Frequency
from subscribers.sections import split
from subscribers.states import State

_STANDS = frozenset({State.PENDING, State.ACTIVE})


def subscribe(call: Call, wish: NewSubscription) -> Answer:
    """Sign a reader up, or answer with what stands already."""
    newsletter = newsletter_of(call, wish.newsletter)
    require_sections(newsletter, wish.sections)
    key_of(wish.email)
    if wish.confirmed:
        call.require(Scope.READERS_IMPORT)
    with call.app.database.writing() as session:
        standing = _standing(session, wish)
        if standing is not None and not wish.confirmed:
            return shown(session, standing.id)
        row = _brought(call, session, wish) if wish.confirmed else _signed_up(call, session, wish)
        return shown(session, row.id, 200 if standing is not None else 201)


def confirm_again(call: Call, nothing: Nothing) -> Answer:  # noqa: ARG001 - the shape of every operation
    """Owe a pending reader another confirmation mail, within the limit of so many a day."""
    app = call.app
    with app.database.writing() as session:
        row = unchanged(call, session)
        if row.state != State.PENDING:
            raise Problem(409, f"The subscription is {row.state}; only a pending one is confirmed.")
        again = signup.SignUp(row.subscriber.email, row.newsletter, sections=tuple(sorted(split(row.sections))))
        again = replace(again, frequency=Frequency(row.frequency))
        mails = app.settings.signup.mails_per_day
        signup.sign_up(session, app.tokens, again, call.evidence, app.clock.now(), mails_per_day=mails)
        return shown(session, row.id)


def _signed_up(call: Call, session: Session, wish: NewSubscription) -> models.Subscription:
    app, words = call.app, call.app.settings.signup
    page, version = web_page(wish.page), wish.consent_version[:64]
    text = next((each.text for each in words.consents if each.version == version), "")
    proof = replace(call.evidence, source_page=page, consent_text=text, consent_version=version)
    return signup.sign_up(
        session, app.tokens, _asked(wish), proof, app.clock.now(), mails_per_day=words.mails_per_day
    )


def _brought(call: Call, session: Session, wish: NewSubscription) -> models.Subscription:
    if wish.consent is None:
        raise fault("consent", "is missing: say how, when and to what consent was given")
    proof = replace(call.evidence, source_page=web_page(wish.page), consent_text=wish.consent)
    try:
        return bringing.bring(session, call.app.tokens, _asked(wish), proof, call.app.clock.now())
    except bringing.NotBrought as reason:
        raise Problem(409, str(reason)) from None


def _asked(wish: NewSubscription) -> signup.SignUp:
    return signup.SignUp(
        email=wish.email,
        newsletter=wish.newsletter,
        name=wish.name,
        sections=tuple(wish.sections),
        language=wish.language,
        time_zone=wish.time_zone,
        frequency=wish.frequency,
    )


def _standing(session: Session, wish: NewSubscription) -> models.Subscription | None:
    """Return the reader's subscription where it is pending or active, whoever else asks at this moment."""
    mine = models.Subscriber.address == key_of(wish.email)
    session.execute(select(models.Subscriber.id).where(mine).with_for_update())
    found = (
        select(models.Subscription)
        .join(models.Subscriber, models.Subscriber.id == models.Subscription.subscriber_id)
        .where(mine, models.Subscription.newsletter == wish.newsletter, models.Subscription.state.in_(_STANDS))
    )
    return session.scalars(found).one_or_none()


OPERATIONS = (
    Operation(
        name="subscribe",
        method="POST",
        path="/subscriptions",
        summary="Sign a reader up",
        detail="The reader gets a confirmation mail and is subscribed once they confirm. With `confirmed` no mail "
        "is sent; who left, complained or was erased can't be added so. A subscription that is pending or active "
        "stays as it is and is answered with 200.",
        scopes=(Scope.READERS_WRITE,),
        perform=subscribe,
        takes=NewSubscription,
        answers={201: Subscription, 200: Subscription},
        problems=frozenset({409}),
        has_etag=True,
    ),
    Operation(
        name="confirm_again",
        method="POST",
        path="/subscriptions/{id}/confirmation",
        summary="Send a pending reader the confirmation mail again",
        detail="Not more often a day than `signup.mails_per_day` allows.",
        scopes=(Scope.READERS_WRITE,),
        perform=confirm_again,
        answers={200: Subscription},
        problems=frozenset({404, 409, 412}),
        has_etag=True,
    ),
)
